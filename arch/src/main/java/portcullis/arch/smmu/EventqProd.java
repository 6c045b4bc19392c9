package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_EVENTQ_PROD: where the SMMU writes next (IHI 0070 6.3.95). */
public final class EventqProd {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_EVENTQ_PROD", 32, "IHI 0070 6.3.95", Version.SMMU_3_0);

  /** Write index, with the wrap flag above its LOG2SIZE bits. */
  public static final Field WR =
      FIELDS.field("WR", 0, 19, 0, "write index, with the wrap flag above its LOG2SIZE bits");

  /** Toggled by the SMMU on overflow, active while it differs from CONS.OVACKFLG. */
  public static final Field OVFLG =
      FIELDS.flag(
          "OVFLG",
          0,
          31,
          "toggled by the SMMU on overflow, active while it differs from CONS.OVACKFLG");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private EventqProd() {}
}
