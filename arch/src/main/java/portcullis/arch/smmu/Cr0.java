package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * SMMU_CR0 and SMMU_CR0ACK: what is enabled, and what the SMMU has taken note of (IHI 0070 6.3.9,
 * 6.3.10).
 */
public final class Cr0 {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_CR0", 32, "IHI 0070 6.3.9", Version.SMMU_3_0);

  /** Translation enabled; if 0, traffic is treated as GBPA says. */
  public static final Field SMMUEN =
      FIELDS.flag("SMMUEN", 0, 0, "translation enabled; if 0, traffic is treated as GBPA says");

  /** PRI queue writes enabled. */
  public static final Field PRIQEN = FIELDS.flag("PRIQEN", 0, 1, "PRI queue writes enabled");

  /** Event queue writes enabled. */
  public static final Field EVENTQEN = FIELDS.flag("EVENTQEN", 0, 2, "Event queue writes enabled");

  /** Command queue processing enabled. */
  public static final Field CMDQEN =
      FIELDS.flag("CMDQEN", 0, 3, "Command queue processing enabled");

  /** ATS Translated traffic is checked against STE.EATS. */
  public static final Field ATSCHK =
      FIELDS.flag("ATSCHK", 0, 4, "ATS Translated traffic is checked against STE.EATS");

  /** How many low VMID bits TLB invalidation ignores. */
  public static final Field VMW =
      FIELDS.choice(
          "VMW",
          0,
          8,
          6,
          "how many low VMID bits TLB invalidation ignores",
          value(0, "none"),
          value(1, "VMID[0]"),
          value(2, "VMID[1:0]"),
          value(3, "VMID[2:0]"),
          value(4, "VMID[3:0]"));

  /** Device Permission Table walks enabled. */
  public static final Field DPT_WALK_EN =
      FIELDS.flag("DPT_WALK_EN", 0, 10, Version.SMMU_3_3, "Device Permission Table walks enabled");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Cr0() {}
}
