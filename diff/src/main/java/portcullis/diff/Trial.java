package portcullis.diff;

import java.util.List;

/** Runs a case on both sides and compares. */
final class Trial {
  private final ModelSide model;
  private final Comparison comparison;

  Trial(ModelSide model) {
    this.model = model;
    comparison = new Comparison(model);
  }

  /** How a case went. */
  record Ran(List<ModelStep> model, List<QemuStep> qemu, Comparison.Verdict verdict) {}

  /**
   * Runs a case.
   *
   * @throws portcullis.qemu.QemuDiedException if QEMU ends
   */
  Ran run(Case of, QemuSide qemu) {
    return run(of, qemu, ModelSide.Watcher.NONE);
  }

  /** As {@link #run(Case, QemuSide)}; {@code watcher} sees the steps on the model. */
  Ran run(Case of, QemuSide qemu, ModelSide.Watcher watcher) {
    Ran ran = once(of, qemu, watcher, 0);
    // Some DMA of a device that does not tell what it did went astray: this time the place is seen.
    return qemu.strayed() == 0 ? ran : once(of, qemu, ModelSide.Watcher.NONE, qemu.strayed());
  }

  private Ran once(Case of, QemuSide qemu, ModelSide.Watcher watcher, long watched) {
    List<ModelStep> steps = model.run(of, watcher);
    if (watched != 0) {
      for (ModelStep step : steps) {
        if (step.step() instanceof Step.Dma dma && dma.write()) {
          step.watch(watched, Window.datum(watched));
        }
      }
    }
    List<QemuStep> done = qemu.run(of, steps);
    return new Ran(steps, done, comparison.compare(of, steps, done, qemu));
  }
}
