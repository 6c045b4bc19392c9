package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_DPT_CFG_FAR: the first Device Permission Table lookup fault (IHI 0070 6.3.48). */
public final class DptCfgFar {
  /** {@link #DPT_FAULTCODE}: CR0.DPT_WALK_EN is 0. */
  public static final int DISABLED = 0;

  /** {@link #DPT_FAULTCODE}: the registers or an entry are invalid. */
  public static final int WALK_FAULT = 1;

  /** {@link #DPT_FAULTCODE}: a Granule Protection Check failed. */
  public static final int GPC_FAULT = 2;

  /** {@link #DPT_FAULTCODE}: the fetch of an entry was aborted. */
  public static final int EXTERNAL_ABORT = 3;

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
          value(DISABLED, "DPT_DISABLED"),
          value(WALK_FAULT, "DPT_WALK_FAULT"),
          value(GPC_FAULT, "DPT_GPC_FAULT"),
          value(EXTERNAL_ABORT, "DPT_EABT"));

  /** Physical address whose check failed. */
  public static final Field FADDR =
      FIELDS.address("FADDR", 0, 51, 12, "physical address whose check failed");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private DptCfgFar() {}
}
