package portcullis.machine.smmuv3;

import portcullis.arch.smmu.AtosAddr;
import portcullis.arch.smmu.AtosPar;
import portcullis.arch.smmu.AtosParFault;
import portcullis.arch.smmu.EventType;
import portcullis.machine.smmuv3.attributes.MemoryAttributes;
import portcullis.machine.smmuv3.registers.Features;

/** What became of an ATOS lookup, as ATOS_PAR has it (IHI 0070 6.3.40, 9.1.4, 9.1.5). */
final class AtosResult {
  /** A request that the interface or the SMMU has not. */
  static final long INVALID_REQUEST = fault(AtosParFault.INV_REQ, AtosParFault.NOT_STAGE_2);

  /** A request for a stage that the stream has not. */
  static final long INVALID_STAGE = fault(AtosParFault.INV_STAGE, AtosParFault.NOT_STAGE_2);

  /** The size that SIZE 0 stands for. */
  private static final int SMALL_SHIFT = 12;

  /** log2 of the size that is reported where nothing translated the address. */
  private final int bypassShift;

  AtosResult(Features features) {
    bypassShift = features.smallestGranule().shift();
  }

  /**
   * PAR after {@code t}, which passed. Attributes are those of the tables: what STE overrides is
   * left out, and where no table was walked they are IMPLEMENTATION DEFINED.
   */
  long success(Translation t) {
    return switch (t.path()) {
      case STAGE_1, NESTED -> success(t.pa(), t.stage1.shift, t.stage1.attributes);
      case STAGE_2 ->
          success(t.pa(), t.stage2.shift, MemoryAttributes.stage2Alone(t.stage2.attributes));
      case BYPASS, TRANSLATED -> success(t.pa(), bypassShift, MemoryAttributes.NORMAL_WRITE_BACK);
    };
  }

  /** A size above 4KB is told by the lowest bit that is set in ADDR: half of it. */
  private static long success(long address, int shift, int attributes) {
    long page = address & (-1L << shift);
    return AtosPar.ATTR.of(attributes & AtosPar.ATTR.max())
        | AtosPar.SH.of(MemoryAttributes.shareability(attributes))
        | AtosPar.ADDR.inPlace(page)
        | (shift == SMALL_SHIFT ? 0 : AtosPar.SIZE.of(1) | 1L << (shift - 1));
  }

  /**
   * PAR after {@code t}, which faulted: a row of table 9.1.4.
   *
   * @param type ATOS_ADDR.TYPE, not 0
   */
  static long fault(Translation t, int type) {
    EventType event = t.event();
    boolean related = isTranslationRelated(event);
    boolean atStage2 = t.stage() == 2 && (related || event == EventType.F_WALK_EABT);
    return switch (type) {
      // Whoever is told of stage 1 alone sees stage 2 as an abort of the fetch.
      case AtosAddr.TYPE_STAGE_1 ->
          fault((atStage2 ? fetchAbort(t) : event).code(), AtosParFault.NOT_STAGE_2);
      case AtosAddr.TYPE_STAGE_2 ->
          fault(
              event.code(), t.stage() == 1 ? AtosParFault.NOT_STAGE_2 : AtosParFault.STAGE_2_INPUT);
      default ->
          fault(event.code(), atStage2 ? reason(t.faultClass()) : AtosParFault.NOT_STAGE_2)
              | (atStage2 && related ? AtosParFault.FADDR.inPlace(t.ipa()) : 0);
    };
  }

  private static int reason(FaultClass operation) {
    return switch (operation) {
      case CD -> AtosParFault.STAGE_2_CD;
      case TT -> AtosParFault.STAGE_2_TABLE;
      case IN -> AtosParFault.STAGE_2_INPUT;
    };
  }

  private static EventType fetchAbort(Translation t) {
    return t.faultClass() == FaultClass.CD ? EventType.F_CD_FETCH : EventType.F_WALK_EABT;
  }

  private static boolean isTranslationRelated(EventType event) {
    return switch (event) {
      case F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION -> true;
      default -> false;
    };
  }

  private static long fault(int code, int reason) {
    return AtosParFault.FAULT.of(1)
        | AtosParFault.REASON.of(reason)
        | AtosParFault.FAULTCODE.of(code);
  }
}
