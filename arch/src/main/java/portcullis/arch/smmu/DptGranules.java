package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * A level 1 entry of the Device Permission Table: two granules, or one of the entries of a
 * contiguous region (IHI 0070 3.24.3.1.4).
 */
public final class DptGranules {
  private static final int[] REGION_SHIFTS = {0, 16, 21, 25, 29, 30, 34, 36};

  private static final Layout.Builder FIELDS =
      new Layout.Builder("DPT level 1", 64, "IHI 0070 3.24.3.1.4", Version.SMMU_3_3);

  /** Which of the two granules may be accessed at all: bit 0 the lower, bit 1 the upper. */
  public static final Field A =
      FIELDS.field("A", 0, 1, 0, "which of the two granules may be accessed at all");

  /** Whose accesses to the lower granule, or to the region, are permitted. */
  public static final Field AC0 = DptEntry.accessControl(FIELDS, "AC0", 2);

  /** Writes to the lower granule, or to the region, are permitted. */
  public static final Field W0 =
      FIELDS.flag("W0", 0, 4, "writes to the lower granule or the region are permitted");

  /** Size of the contiguous region. */
  public static final Field CONTIG =
      FIELDS.choice(
          "Contig",
          0,
          11,
          8,
          "size of the contiguous region",
          value(0b0000, "none"),
          value(0b0001, "64KB"),
          value(0b0010, "2MB"),
          value(0b0011, "32MB"),
          value(0b0100, "512MB"),
          value(0b0101, "1GB"),
          value(0b0110, "16GB"),
          value(0b0111, "64GB"));

  /** VMID that accesses to the lower granule, or to the region, must have, as AC0 says. */
  public static final Field VMID0 =
      FIELDS.field("VMID0", 0, 31, 16, "VMID that accesses to the lower granule must have");

  /** Whose accesses to the upper granule are permitted. */
  public static final Field AC1 = DptEntry.accessControl(FIELDS, "AC1", 34);

  /** Writes to the upper granule are permitted. */
  public static final Field W1 =
      FIELDS.flag("W1", 0, 36, "writes to the upper granule are permitted");

  /** VMID that accesses to the upper granule must have, as AC1 says. */
  public static final Field VMID1 =
      FIELDS.field("VMID1", 0, 63, 48, "VMID that accesses to the upper granule must have");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private DptGranules() {}

  /**
   * log2 of the bytes of a region, or 0 if {@code contig} is none or reserved.
   *
   * @param contig as {@link #CONTIG} has it
   */
  public static int regionShift(long contig) {
    return contig < REGION_SHIFTS.length ? REGION_SHIFTS[(int) contig] : 0;
  }
}
