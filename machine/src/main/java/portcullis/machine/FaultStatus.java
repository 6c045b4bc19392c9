package portcullis.machine;

import portcullis.arch.vmsa.DataAbortIss;

/** The faults of a stage-2 walk, as ESR_EL2.ISS.DFSC encodes them (DDI 0487 D24.2.46). */
enum FaultStatus {
  ADDRESS_SIZE(DataAbortIss.DFSC_ADDRESS_SIZE, DataAbortIss.DFSC_ADDRESS_SIZE_MINUS_1),
  TRANSLATION(DataAbortIss.DFSC_TRANSLATION, DataAbortIss.DFSC_TRANSLATION_MINUS_1),
  ACCESS_FLAG(DataAbortIss.DFSC_ACCESS_FLAG, FaultStatus.NO_LEAF),
  PERMISSION(DataAbortIss.DFSC_PERMISSION, FaultStatus.NO_LEAF),
  EXTERNAL_ABORT_ON_WALK(
      DataAbortIss.DFSC_EXTERNAL_ON_WALK, DataAbortIss.DFSC_EXTERNAL_ON_WALK_MINUS_1);

  /** A level -1 descriptor is no leaf, so it has neither access flag nor permissions. */
  private static final int NO_LEAF = -1;

  private final int level0;
  private final int levelMinus1;

  FaultStatus(int level0, int levelMinus1) {
    this.level0 = level0;
    this.levelMinus1 = levelMinus1;
  }

  /**
   * The DFSC of the fault.
   *
   * @param level of the lookup that faulted, -1 to 3; 0 where none was made
   */
  int dfsc(int level) {
    assert level >= 0 || levelMinus1 != NO_LEAF;
    return level < 0 ? levelMinus1 : level0 | level;
  }

  /** Whether a DFSC that {@link #dfsc} gave is an External abort. */
  static boolean isExternalAbort(int dfsc) {
    return dfsc == EXTERNAL_ABORT_ON_WALK.levelMinus1
        || (dfsc & ~DataAbortIss.DFSC_LEVEL_MASK) == EXTERNAL_ABORT_ON_WALK.level0;
  }
}
