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
    Ran ran = once(of, qemu, 0);
    // A device that does not tell what it did wrote somewhere: the second time, that place is
    // watched.
    return qemu.strayed() != 0 ? once(of, qemu, qemu.strayed()) : ran;
  }

  private Ran once(Case of, QemuSide qemu, long watched) {
    List<ModelStep> steps = model.run(of, ModelSide.Watcher.NONE);
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
