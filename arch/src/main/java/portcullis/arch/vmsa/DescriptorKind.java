package portcullis.arch.vmsa;

import java.util.Locale;

/** What a VMSAv8-64 descriptor is, by its level and bits 1:0 (DDI 0487 table D8-48). */
public enum DescriptorKind {
  /** Bit 0 is 0: a translation fault; the other 63 bits are software's. */
  INVALID,
  /** The next level's table. */
  TABLE,
  /** A mapping before the last level. */
  BLOCK,
  /** A mapping at level 3. */
  PAGE,
  /** Bit 0 is 1, yet the level allows no such descriptor: treated as invalid. */
  RESERVED;

  /** The name in lower case, as in prose. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The kind of {@code descriptor}.
   *
   * @param level -1 to 3
   * @param format decides at which levels blocks may stand
   */
  public static DescriptorKind of(
      long descriptor, Granule granule, int level, AddressFormat format) {
    if ((descriptor & 0b01) == 0) {
      return INVALID;
    }
    boolean bit1 = (descriptor & 0b10) != 0;
    if (level == Granule.LAST_LEVEL) {
      return bit1 ? PAGE : RESERVED;
    }
    if (bit1) {
      return TABLE;
    }
    return granule.blockAllowed(level, format) ? BLOCK : RESERVED;
  }
}
