package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_CR2: EL2 regime, event recording and broadcast TLB maintenance (IHI 0070 6.3.12). */
public final class Cr2 {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_CR2", 32, "IHI 0070 6.3.12", Version.SMMU_3_0);

  /** EL2-E2H translation regime, with ASIDs. */
  public static final Field E2H =
      FIELDS.flag("E2H", 0, 0, "EL2-E2H translation regime, with ASIDs");

  /** C_BAD_STREAMID may be recorded. */
  public static final Field RECINVSID =
      FIELDS.flag("RECINVSID", 0, 1, "C_BAD_STREAMID may be recorded");

  /** Private TLB maintenance: broadcast invalidation need not be obeyed. */
  public static final Field PTM =
      FIELDS.flag(
          "PTM", 0, 2, "private TLB maintenance: broadcast invalidation need not be obeyed");

  /** Configuration errors of ATS and PRI requests are recorded. */
  public static final Field REC_CFG_ATS =
      FIELDS.flag(
          "REC_CFG_ATS",
          0,
          3,
          Version.SMMU_3_3,
          "configuration errors of ATS and PRI requests are recorded");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Cr2() {}
}
