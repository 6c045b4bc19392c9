package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;
import portcullis.arch.vmsa.WalkEncodings;

/** SMMU_DPT_BASE_CFG: geometry of the Device Permission Table (IHI 0070 6.3.47). */
public final class DptBaseCfg {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_DPT_BASE_CFG", 32, "IHI 0070 6.3.47", Version.SMMU_3_3);

  /** Size of the region that the table covers. */
  public static final Field DPTPS =
      FIELDS.choice(
          "DPTPS",
          0,
          2,
          0,
          "size of the region that the table covers",
          WalkEncodings.addressSize());

  /** Granule of the table. */
  public static final Field DPTGS =
      FIELDS.choice("DPTGS", 0, 15, 14, "granule of the table", WalkEncodings.tg0());

  /** Address bits that a level 0 entry covers. */
  public static final Field L0DPTSZ =
      FIELDS.choice(
          "L0DPTSZ",
          0,
          23,
          20,
          "address bits that a level 0 entry covers",
          value(0b0000, "30 bits, 1GB"),
          value(0b0100, "34 bits, 16GB"),
          value(0b0110, "36 bits, 64GB"),
          value(0b1001, "39 bits, 512GB"));

  /** The number that {@link #L0DPTSZ} has added to it to be the address bits of an entry. */
  private static final int LEAST_ENTRY_BITS = 30;

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private DptBaseCfg() {}

  /** The address bits that a level 0 entry covers, if {@code code} of L0DPTSZ is not reserved. */
  public static int entryBits(long code) {
    return LEAST_ENTRY_BITS + (int) code;
  }
}
