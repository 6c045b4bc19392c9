package portcullis.board;

/**
 * Physical addresses {@code [base, base + size)}, all below 2<sup>52</sup>.
 *
 * @param base the first address
 * @param size in bytes, at least 0
 */
public record AddressRange(long base, long size) implements Comparable<AddressRange> {
  /** One more than the largest physical address of the Arm architecture (DDI 0487 D8.1.6). */
  public static final long LIMIT = 1L << 52;

  /**
   * A range.
   *
   * @throws IllegalArgumentException unless {@link #valid}
   */
  public AddressRange {
    if (!valid(base, size)) {
      throw new IllegalArgumentException(text(base, size) + " is not below 2^52");
    }
  }

  /** Whether {@code [base, base + size)} is below 2<sup>52</sup>; both are unsigned. */
  public static boolean valid(long base, long size) {
    return Long.compareUnsigned(base, LIMIT) < 0 && Long.compareUnsigned(size, LIMIT - base) <= 0;
  }

  /** The first address after the range, at most {@link #LIMIT}. */
  public long end() {
    return base + size;
  }

  /** Whether an address is in both ranges. */
  public boolean overlaps(AddressRange other) {
    return Math.max(base, other.base) < Math.min(end(), other.end());
  }

  @Override
  public int compareTo(AddressRange other) {
    int byBase = Long.compare(base, other.base);
    return byBase != 0 ? byBase : Long.compare(size, other.size);
  }

  /** The range as {@code 0xBASE+0xSIZE}. */
  @Override
  public String toString() {
    return text(base, size);
  }

  static String text(long base, long size) {
    return "0x" + Long.toHexString(base) + "+0x" + Long.toHexString(size);
  }
}
