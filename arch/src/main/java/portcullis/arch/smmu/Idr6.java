package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_IDR6: how many Enhanced Command queues (IHI 0070 6.3.45). */
public final class Idr6 {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_IDR6", 32, "IHI 0070 6.3.45", Version.SMMU_3_3);

  /** Log2 of the queues in a control page, at most 8. */
  public static final Field CMDQ_CONTROL_PAGE_LOG2NUMQ =
      FIELDS.field(
          "CMDQ_CONTROL_PAGE_LOG2NUMQ",
          0,
          19,
          16,
          "log2 of the queues in a control page, at most 8");

  /** Log2 of the control pages, at most 8. */
  public static final Field CMDQ_CONTROL_PAGE_LOG2NUMP =
      FIELDS.field("CMDQ_CONTROL_PAGE_LOG2NUMP", 0, 27, 24, "log2 of the control pages, at most 8");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Idr6() {}
}
