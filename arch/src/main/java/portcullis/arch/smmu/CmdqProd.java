package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_CMDQ_PROD: where software writes next (IHI 0070 6.3.27). */
public final class CmdqProd {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_CMDQ_PROD", 32, "IHI 0070 6.3.27", Version.SMMU_3_0);

  /** Write index, with the wrap flag above its LOG2SIZE bits. */
  public static final Field WR =
      FIELDS.field("WR", 0, 19, 0, "write index, with the wrap flag above its LOG2SIZE bits");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private CmdqProd() {}
}
