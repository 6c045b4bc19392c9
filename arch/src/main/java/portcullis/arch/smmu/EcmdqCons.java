package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_ECMDQ_CONS: where the SMMU reads next in an Enhanced Command queue (IHI 0070 6.3.109). */
public final class EcmdqCons {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_ECMDQ_CONS", 32, "IHI 0070 6.3.109", Version.SMMU_3_3);

  /** Read index, with the wrap flag above its LOG2SIZE bits. */
  public static final Field RD =
      FIELDS.field("RD", 0, 19, 0, "read index, with the wrap flag above its LOG2SIZE bits");

  /** Toggled by the SMMU on an error, active while it differs from PROD.ERRACK. */
  public static final Field ERR =
      FIELDS.flag(
          "ERR",
          0,
          23,
          "toggled by the SMMU on an error, active while it differs from PROD.ERRACK");

  /** Why processing stopped, valid while an error is active. */
  public static final Field ERR_REASON =
      FIELDS.choice(
          "ERR_REASON",
          0,
          26,
          24,
          "why processing stopped, valid while an error is active",
          CommandError.values());

  /** Queue enable acknowledged. */
  public static final Field ENACK = FIELDS.flag("ENACK", 0, 31, "queue enable acknowledged");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private EcmdqCons() {}
}
