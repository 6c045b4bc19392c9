package portcullis.platform.boot;

/**
 * A range of physical addresses.
 *
 * @param base its first byte
 * @param size in bytes, at least 1; {@code base + size} does not exceed 2^63
 */
public record MemoryRange(long base, long size) {

  public MemoryRange {
    if (base < 0 || size <= 0 || base > Long.MAX_VALUE - size) {
      throw new IllegalArgumentException("no such range: 0x%x+0x%x".formatted(base, size));
    }
  }

  /** The first byte after the range. */
  public long end() {
    return base + size;
  }

  /** Whether {@code address} lies within. */
  public boolean contains(long address) {
    return address >= base && address - base < size;
  }

  /** Whether all of {@code [address, address+bytes)} lies within. */
  public boolean contains(long address, long bytes) {
    return address >= base && bytes >= 0 && bytes <= size && address - base <= size - bytes;
  }

  /** Whether any byte belongs to both. */
  public boolean overlaps(MemoryRange other) {
    return base < other.end() && other.base < end();
  }
}
