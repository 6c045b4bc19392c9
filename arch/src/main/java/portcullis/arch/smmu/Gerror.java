package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * SMMU_GERROR and SMMU_GERRORN: global errors (IHI 0070 6.3.19, 6.3.20, 7.5).
 *
 * <p>An error is active while its bit differs between the two: the SMMU toggles GERROR, software
 * acknowledges by making GERRORN equal.
 */
public final class Gerror {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_GERROR", 32, "IHI 0070 6.3.19", Version.SMMU_3_0);

  /** A command could not be processed, see CMDQ_CONS.ERR. */
  public static final Field CMDQ_ERR =
      FIELDS.flag("CMDQ_ERR", 0, 0, "a command could not be processed, see CMDQ_CONS.ERR");

  /** Access to the Event queue aborted. */
  public static final Field EVENTQ_ABT_ERR =
      FIELDS.flag("EVENTQ_ABT_ERR", 0, 2, "access to the Event queue aborted");

  /** Access to the PRI queue aborted. */
  public static final Field PRIQ_ABT_ERR =
      FIELDS.flag("PRIQ_ABT_ERR", 0, 3, "access to the PRI queue aborted");

  /** CMD_SYNC MSI aborted. */
  public static final Field MSI_CMDQ_ABT_ERR =
      FIELDS.flag("MSI_CMDQ_ABT_ERR", 0, 4, "CMD_SYNC MSI aborted");

  /** Event queue MSI aborted. */
  public static final Field MSI_EVENTQ_ABT_ERR =
      FIELDS.flag("MSI_EVENTQ_ABT_ERR", 0, 5, "Event queue MSI aborted");

  /** PRI queue MSI aborted. */
  public static final Field MSI_PRIQ_ABT_ERR =
      FIELDS.flag("MSI_PRIQ_ABT_ERR", 0, 6, "PRI queue MSI aborted");

  /** GERROR MSI aborted. */
  public static final Field MSI_GERROR_ABT_ERR =
      FIELDS.flag("MSI_GERROR_ABT_ERR", 0, 7, "GERROR MSI aborted");

  /** Service failure mode entered. */
  public static final Field SFM_ERR = FIELDS.flag("SFM_ERR", 0, 8, "Service failure mode entered");

  /** Error on an Enhanced Command queue. */
  public static final Field CMDQP_ERR =
      FIELDS.flag("CMDQP_ERR", 0, 9, Version.SMMU_3_3, "error on an Enhanced Command queue");

  /** Device Permission Table lookup fault, see DPT_CFG_FAR. */
  public static final Field DPT_ERR =
      FIELDS.flag(
          "DPT_ERR",
          0,
          10,
          Version.SMMU_3_3,
          "Device Permission Table lookup fault, see DPT_CFG_FAR");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Gerror() {}
}
