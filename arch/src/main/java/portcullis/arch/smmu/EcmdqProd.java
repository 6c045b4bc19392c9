package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_ECMDQ_PROD: where software writes next in an Enhanced Command queue (IHI 0070 6.3.108). */
public final class EcmdqProd {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_ECMDQ_PROD", 32, "IHI 0070 6.3.108", Version.SMMU_3_3);

  /** Write index, with the wrap flag above its LOG2SIZE bits. */
  public static final Field WR =
      FIELDS.field("WR", 0, 19, 0, "write index, with the wrap flag above its LOG2SIZE bits");

  /** Error acknowledge: software makes it equal to CONS.ERR. */
  public static final Field ERRACK =
      FIELDS.flag("ERRACK", 0, 23, "error acknowledge: software makes it equal to CONS.ERR");

  /** Queue enabled. */
  public static final Field EN = FIELDS.flag("EN", 0, 31, "queue enabled");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private EcmdqProd() {}
}
