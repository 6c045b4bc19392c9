package portcullis.diff;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Runs a case on both sides and compares. */
final class Trial {
  private static final int MAX_STRAYED = 4;

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

  /** As {@link #run(Case, QemuSide)}; {@code watcher} sees the steps on the model, once each. */
  Ran run(Case of, QemuSide qemu, ModelSide.Watcher watcher) {
    Followed followed = new Followed();
    Ran ran = once(of, qemu, watcher, followed);
    while (ran.verdict().follow()) {
      ran = once(of, qemu, ModelSide.Watcher.NONE, followed);
    }
    return ran;
  }

  private Ran once(Case of, QemuSide qemu, ModelSide.Watcher watcher, Followed followed) {
    List<ModelStep> steps = model.run(of, watcher, followed);
    // What one DMA should not have reached, another may restore before it is seen.
    Set<Long> watched = new LinkedHashSet<>();
    for (ModelStep step : steps) {
      for (ModelStep.Place place : step.places()) {
        if (Window.data(place.address())) {
          watched.add(place.address());
        }
      }
    }
    watch(steps, watched);
    List<QemuStep> done = qemu.run(of, steps);
    // Some DMA went where nobody looked: the next time that is seen.
    for (int i = 0; i < MAX_STRAYED && qemu.strayed() != 0 && watched.add(qemu.strayed()); i++) {
      steps = model.run(of, ModelSide.Watcher.NONE, followed);
      watch(steps, watched);
      done = qemu.run(of, steps);
    }
    return new Ran(steps, done, comparison.compare(of, steps, done, qemu, followed));
  }

  private static void watch(List<ModelStep> steps, Set<Long> places) {
    for (ModelStep step : steps) {
      if (step.step() instanceof Step.Dma dma && dma.write()) {
        places.forEach(place -> step.watch(place, Window.datum(place)));
      }
    }
  }
}
