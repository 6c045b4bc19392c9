package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * Fields of CMD_TLBI_*, the invalidation of cached translations (IHI 0070 4.4).
 *
 * <p>With {@link #TG} other than 0 the command covers (NUM + 1) * 2<sup>SCALE</sup> granules from
 * the address.
 */
public final class Tlbi {
  /** {@link #TG}: 4KB granule. */
  public static final int TG_4KB = 0b01;

  /** {@link #TG}: 16KB granule. */
  public static final int TG_16KB = 0b10;

  /** {@link #TG}: 64KB granule. */
  public static final int TG_64KB = 0b11;

  // Only declares: the layout of each command picks its own from these (Opcode).
  private static final Layout.Builder FIELDS =
      new Layout.Builder("Tlbi", 128, "IHI 0070 4.4", Version.SMMU_3_0);

  /** Granules to invalidate, less 1, before scaling. */
  public static final Field NUM =
      FIELDS.field(
          "NUM", 0, 16, 12, Version.SMMU_3_2, "granules to invalidate, less 1, before scaling");

  /** Log2 of the factor that scales NUM + 1. */
  public static final Field SCALE =
      FIELDS.field("SCALE", 0, 24, 20, Version.SMMU_3_2, "log2 of the factor that scales NUM + 1");

  /** VMID that an entry must have; 0 where stage 2 is not supported. */
  public static final Field VMID = FIELDS.field("VMID", 0, 47, 32, "VMID");

  /** ASID that an entry must have, unless it is global. */
  public static final Field ASID = FIELDS.field("ASID", 0, 63, 48, "ASID");

  /** Only entries of the last level of the walk. */
  public static final Field LEAF =
      FIELDS.flag("Leaf", 1, 0, "only entries of the last level of the walk");

  /** Level that holds the leaf entries; 0: any. */
  public static final Field TTL =
      FIELDS.field("TTL", 1, 9, 8, Version.SMMU_3_2, "level that holds the leaf entries; 0: any");

  /** Granule of the range and of the level hint. */
  public static final Field TG =
      FIELDS.choice(
          "TG",
          1,
          11,
          10,
          Version.SMMU_3_2,
          "granule of the range and of the level hint",
          value(0b00, "no range, no hint"),
          value(0b01, "4KB"),
          value(0b10, "16KB"),
          value(0b11, "64KB"));

  /** Virtual address. */
  public static final Field ADDRESS = FIELDS.address("Address", 1, 63, 12, "virtual address");

  /** Intermediate physical address, in CMD_TLBI_S2_IPA. */
  public static final Field IPA =
      FIELDS.address("Address", 1, 51, 12, "intermediate physical address");

  private Tlbi() {}
}
