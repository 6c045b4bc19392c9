package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_CMDQ_CONS: where the SMMU reads next, and why it stopped (IHI 0070 6.3.28). */
public final class CmdqCons {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_CMDQ_CONS", 32, "IHI 0070 6.3.28", Version.SMMU_3_0);

  /** Read index, with the wrap flag above its LOG2SIZE bits. */
  public static final Field RD =
      FIELDS.field("RD", 0, 19, 0, "read index, with the wrap flag above its LOG2SIZE bits");

  /** Why processing stopped, valid while GERROR.CMDQ_ERR is active. */
  public static final Field ERR =
      FIELDS.choice(
          "ERR",
          0,
          30,
          24,
          "why processing stopped, valid while GERROR.CMDQ_ERR is active",
          CommandError.values());

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private CmdqCons() {}
}
