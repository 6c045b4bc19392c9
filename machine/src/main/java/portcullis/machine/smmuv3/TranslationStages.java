package portcullis.machine.smmuv3;

import portcullis.arch.smmu.EventType;
import portcullis.machine.smmuv3.attributes.MemoryAttributes;
import portcullis.machine.smmuv3.registers.Features;

/**
 * Stage 1 and stage 2 of a transaction whose STE and CD have been found, as these enable them (IHI
 * 0070 3.3.3, 15).
 */
final class TranslationStages {
  private final int outputBits;
  private final int intermediateBits;
  private final Stage1 stage1;
  private final Stage2 stage2;

  TranslationStages(Features features, Stage1 stage1, Stage2 stage2) {
    this.outputBits = features.outputBits();
    this.intermediateBits = features.intermediateBits();
    this.stage1 = stage1;
    this.stage2 = stage2;
  }

  /**
   * Translates {@code t}; returns {@code t.ok()}.
   *
   * @param space of its stage-1 entries; without a CD it is no matter
   */
  boolean translate(Translation t, long space) {
    return t.cd == null ? withoutStage1(t) : stage1.translate(t, space);
  }

  /**
   * Stage 1 passes the address on, unless it is larger than any IPA, or than any PA where the STE
   * has no stage at all (IHI 0070 3.4).
   */
  boolean withoutStage1(Translation t) {
    int incoming = t.ste.incomingAttributes;
    if (!t.ste.stage2) {
      return bypass(t, t.ste.stage1 ? intermediateBits : outputBits);
    }
    if (t.iova() >>> intermediateBits != 0) {
      return addressSize(t);
    }
    return stage2.translate(t, t.iova())
        && t.succeed(
            Path.STAGE_2,
            t.stage2.outputFor(t.iova()),
            MemoryAttributes.combine(incoming, t.stage2.attributes));
  }

  /** Translates {@code t} by stage 1 alone, or by nothing where S1DSS bypasses it. */
  boolean stage1Alone(Translation t) {
    if (t.cd != null) {
      return stage1.translateAlone(t, StreamContext.space(t));
    }
    return bypass(t, intermediateBits);
  }

  /** To the same address, truncated to a PA where that is smaller and there is no stage 2. */
  private boolean bypass(Translation t, int inputBits) {
    long address = t.ste.stage2 ? t.iova() : t.iova() & ((1L << outputBits) - 1);
    return t.iova() >>> inputBits == 0
        ? t.succeed(Path.BYPASS, address, t.ste.incomingAttributes)
        : addressSize(t);
  }

  private static boolean addressSize(Translation t) {
    return t.stageFault(EventType.F_ADDR_SIZE, 1, FaultClass.IN, 0);
  }
}
