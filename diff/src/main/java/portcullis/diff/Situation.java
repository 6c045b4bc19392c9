package portcullis.diff;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.Granule;

/** What a deviation may be judged by: one step of a case, on both sides, with the memory it saw. */
final class Situation {
  private final ModelSide side;
  private final ModelStep model;
  private final QemuStep qemu;
  private final Outcome compared;
  private Fetched fetched;

  /**
   * A step with a difference.
   *
   * @param compared the allowed outcome that QEMU's is compared with; null where it is no DMA
   */
  Situation(ModelSide side, ModelStep model, QemuStep qemu, Outcome compared) {
    this.side = side;
    this.model = model;
    this.qemu = qemu;
    this.compared = compared;
  }

  boolean dma() {
    return model.step() instanceof Step.Dma;
  }

  boolean write() {
    return model.step() instanceof Step.Dma dma && dma.write();
  }

  long iova() {
    return model.step() instanceof Step.Dma dma ? dma.iova() : 0;
  }

  ModelStep model() {
    return model;
  }

  QemuStep qemu() {
    return qemu;
  }

  /** The model's outcome that the difference is to. */
  Outcome outcome() {
    return compared;
  }

  ModelSide side() {
    return side;
  }

  /** What the DMA reads from memory if nothing is cached. */
  Fetched fetched() {
    if (fetched == null && model.step() instanceof Step.Dma dma) {
      side.fresh().evaluate(dma, FreshModel.Overlay.NONE);
      fetched = side.fresh().fetched();
    }
    return fetched;
  }

  boolean nested() {
    return fetched().ste(Ste.CONFIG) == Ste.CONFIG_NESTED;
  }

  boolean stage2Only() {
    return fetched().ste(Ste.CONFIG) == Ste.CONFIG_S2;
  }

  boolean hasStage1() {
    long config = fetched().ste(Ste.CONFIG);
    return config == Ste.CONFIG_NESTED || config == Ste.CONFIG_S1;
  }

  /** Whether the address selects TTB1. */
  boolean upper() {
    return (iova() >>> 55 & 1) != 0;
  }

  /** The granule of the half of stage 1 that the address selects; null if its encoding is none. */
  Granule granule1() {
    return upper() ? Granule.ofTg1(fetched().cd(Cd.TG1)) : Granule.ofTgStage1(fetched().cd(Cd.TG0));
  }

  /** The last stage-1 descriptor that is read; 0 if none is. */
  long lastStage1() {
    int last = fetched().last(Window.STAGE_1, Window.STAGE_1_END);
    return last < 0 ? 0 : fetched().value(last);
  }

  /** Whether a stage-1 descriptor that is read passes {@code test}. */
  boolean anyStage1(Predicate<Long> test) {
    return fetched().any(Window.STAGE_1, Window.STAGE_1_END, (_, value) -> test.test(value));
  }

  /** Whether a stage-2 descriptor that is read passes {@code test}. */
  boolean anyStage2(Predicate<Long> test) {
    return fetched().any(Window.STAGE_2, Window.STAGE_2_END, (_, value) -> test.test(value));
  }

  /** The address bits of a table descriptor. */
  static long tableAddress(long descriptor, Granule granule) {
    return AddressFormat.BITS_48.address(descriptor, granule.shift());
  }

  /**
   * Whether QEMU did what it would have to with memory as it was before some changes that it must
   * see by now.
   *
   * @param which the changes that may be unseen
   */
  boolean qemuMissed(Predicate<Changes.Change> which) {
    if (!(model.step() instanceof Step.Dma dma)) {
      return false;
    }
    // Each state that the words were in: all of the chosen changes from some point on undone.
    var changes = side.changes().settled().stream().filter(which).toList();
    Map<Long, Long> before = new LinkedHashMap<>();
    for (int i = changes.size() - 1; i >= 0; i--) {
      before.put(changes.get(i).address(), changes.get(i).before());
      Outcome outcome = side.fresh().evaluate(dma, before::getOrDefault);
      fetched = null;
      if (outcome.passed() == qemu.outcome().passed()
          && outcome.pa() == qemu.outcome().pa()
          && outcome.recorded() == qemu.outcome().recorded()) {
        return true;
      }
    }
    return false;
  }
}
