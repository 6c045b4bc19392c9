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
    Set<Long> watched = new LinkedHashSet<>();
    model.watch(watched);
    List<ModelStep> steps = model.run(of, watcher, followed);
    int strays = 0;
    while (true) {
      watchAll(steps);
      List<QemuStep> done = qemu.run(of, steps);
      Followed after = followed.copy();
      Comparison.Verdict verdict = comparison.compare(of, steps, done, qemu, after);
      if (strays < MAX_STRAYED && notices(watched, qemu)) {
        // Some DMA went, or may have gone, where nobody looked: the next time that is seen.
        strays++;
        watched.forEach(qemu::wipe);
        model.watch(watched);
      } else if (verdict.follow()) {
        followed = after;
      } else {
        return new Ran(steps, done, verdict);
      }
      steps = model.run(of, ModelSide.Watcher.NONE, followed);
    }
  }

  private boolean notices(Set<Long> watched, QemuSide qemu) {
    boolean more = watched.addAll(comparison.unwatched());
    return (qemu.strayed() != 0 && watched.add(qemu.strayed())) || more;
  }

  /** What one DMA should not have reached, another may restore before it is seen. */
  private static void watchAll(List<ModelStep> steps) {
    Set<Long> places = new LinkedHashSet<>();
    for (ModelStep step : steps) {
      for (ModelStep.Place place : step.places()) {
        if (Window.data(place.address())) {
          places.add(place.address());
        }
      }
    }
    for (ModelStep step : steps) {
      if (step.step() instanceof Step.Dma dma && dma.write()) {
        places.forEach(place -> step.watch(place, Window.datum(place)));
      }
    }
  }
}
