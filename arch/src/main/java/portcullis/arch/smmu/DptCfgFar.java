package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_DPT_CFG_FAR: the first Device Permission Table lookup fault (IHI 0070 6.3.48). */
public final class DptCfgFar {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_DPT_CFG_FAR", 64, "IHI 0070 6.3.48", Version.SMMU_3_3);

  /** A lookup fault has happened; written 0 to clear. */
  public static final Field FAULT =
      FIELDS.flag("FAULT", 0, 0, "a lookup fault has happened; written 0 to clear");

  /** Level of the fault. */
  public static final Field LEVEL =
      FIELDS.choice("LEVEL", 0, 1, 1, "level of the fault", Encodings.flag("level 0", "level 1"));

  /** Kind of fault. */
  public static final Field DPT_FAULTCODE =
      FIELDS.choice(
          "DPT_FAULTCODE",
          0,
          7,
          4,
          "kind of fault",
          value(0, "DPT_DISABLED"),
          value(1, "DPT_WALK_FAULT"),
          value(2, "DPT_GPC_FAULT"),
          value(3, "DPT_EABT"));

  /** Physical address whose check failed. */
  public static final Field FADDR =
      FIELDS.address("FADDR", 0, 51, 12, "physical address whose check failed");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private DptCfgFar() {}
}
