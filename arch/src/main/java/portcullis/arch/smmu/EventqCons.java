package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_EVENTQ_CONS: where software reads next (IHI 0070 6.3.96). */
public final class EventqCons {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_EVENTQ_CONS", 32, "IHI 0070 6.3.96", Version.SMMU_3_0);

  /** Read index, with the wrap flag above its LOG2SIZE bits. */
  public static final Field RD =
      FIELDS.field("RD", 0, 19, 0, "read index, with the wrap flag above its LOG2SIZE bits");

  /** Overflow acknowledge: software makes it equal to PROD.OVFLG. */
  public static final Field OVACKFLG =
      FIELDS.flag("OVACKFLG", 0, 31, "overflow acknowledge: software makes it equal to PROD.OVFLG");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private EventqCons() {}
}
