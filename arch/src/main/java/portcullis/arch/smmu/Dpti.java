package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * Fields of CMD_DPTI_PA, the invalidation of what is cached of the Device Permission Table (IHI
 * 0070 4.6.2).
 *
 * <p>The encodings are the section's; the places are not in any text at hand, whose figure is a
 * picture. Leaf and Address are taken to be where CMD_TLBI_* has them (4.4.1), and SIZE in the
 * place of TTL and TG there.
 */
public final class Dpti {
  private static final int[] SHIFTS = {12, 14, 16, 21, 25, 29, 30, 34, 36, 39};

  // Only declares: the layout of the command picks its own from these (Opcode).
  private static final Layout.Builder FIELDS =
      new Layout.Builder("Dpti", 128, "IHI 0070 4.6.2", Version.SMMU_3_3);

  /** Only what was read at the last level of the walk. */
  public static final Field LEAF =
      FIELDS.flag("Leaf", 1, 0, "only what was read at the last level of the walk");

  /** Size of the aligned region. */
  public static final Field SIZE =
      FIELDS.choice(
          "SIZE",
          1,
          11,
          8,
          "size of the aligned region",
          value(0b0000, "4KB"),
          value(0b0001, "16KB"),
          value(0b0010, "64KB"),
          value(0b0011, "2MB"),
          value(0b0100, "32MB"),
          value(0b0101, "512MB"),
          value(0b0110, "1GB"),
          value(0b0111, "16GB"),
          value(0b1000, "64GB"),
          value(0b1001, "512GB"));

  /** Physical address of the region. */
  public static final Field ADDRESS =
      FIELDS.address("Address", 1, 55, 12, "physical address of the region");

  private Dpti() {}

  /** log2 of the bytes that an encoding of {@link #SIZE} means; 0 if it is reserved. */
  public static int shift(long size) {
    return size < SHIFTS.length ? SHIFTS[(int) size] : 0;
  }
}
