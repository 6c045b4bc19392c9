package portcullis.machine;

import portcullis.platform.PhysicalMemory;

/** RAM as one kind of observer sees it: through the CPUs' caches, or past them. */
abstract class Memory implements PhysicalMemory {

  /** Whether {@code pa} is RAM. */
  abstract boolean contains(long pa);

  /** The {@code bytes} (1, 2, 4 or 8), naturally aligned, at {@code pa}, zero-extended. */
  abstract long read(long pa, int bytes);

  /** The 8 bytes, naturally aligned, at {@code pa}, or {@code absent} where that is no RAM. */
  long readOr(long pa, long absent) {
    return contains(pa) ? read(pa, Long.BYTES) : absent;
  }

  /** Stores {@code bytes} (1, 2, 4 or 8), naturally aligned, at {@code pa}. */
  abstract void write(long pa, int bytes, long value);

  /** What this observer could have seen before; null if nobody asks. */
  abstract MemoryHistory history();

  /**
   * Zeroes a range at once, where that is the same as word by word.
   *
   * @param pa and {@code bytes}: multiples of 8
   * @return false if it is not, or not all of the range is RAM: nothing has been done
   */
  boolean zeroAtOnce(long pa, long bytes) {
    return false;
  }

  /**
   * Moves bytes at once, where that is the same as word by word.
   *
   * @param pa and {@code count}: multiples of 8
   * @param data gives or takes {@code count} bytes from index {@code from} on
   * @param write to memory, or else from it
   * @return false if it is not, or not all of the range is RAM: nothing has been done
   */
  boolean moveAtOnce(long pa, byte[] data, int from, int count, boolean write) {
    return false;
  }

  @Override
  public final void zero(long pa, long bytes) {
    if (!zeroAtOnce(pa, bytes)) {
      PhysicalMemory.super.zero(pa, bytes);
    }
  }

  static boolean aligned(long pa, int bytes) {
    return (pa & (bytes - 1)) == 0;
  }

  /** The {@code bytes} at {@code pa} out of the 64-bit word that holds them. */
  static long extract(long word, long pa, int bytes) {
    return bytes == Long.BYTES ? word : (word >>> shift(pa)) & mask(bytes);
  }

  /** A 64-bit word with the {@code bytes} at {@code pa} replaced. */
  static long insert(long word, long pa, int bytes, long value) {
    if (bytes == Long.BYTES) {
      return value;
    }
    long mask = mask(bytes) << shift(pa);
    return (word & ~mask) | ((value << shift(pa)) & mask);
  }

  private static int shift(long pa) {
    return (int) (pa & (Long.BYTES - 1)) * Byte.SIZE;
  }

  private static long mask(int bytes) {
    return (1L << (bytes * Byte.SIZE)) - 1;
  }

  private void check(long pa, int bytes) {
    if (!contains(pa) || !aligned(pa, bytes)) {
      throw new IllegalArgumentException("no aligned RAM of %d bytes at 0x%x".formatted(bytes, pa));
    }
  }

  @Override
  public final long read64(long pa) {
    check(pa, Long.BYTES);
    return read(pa, Long.BYTES);
  }

  @Override
  public final void write64(long pa, long value) {
    check(pa, Long.BYTES);
    write(pa, Long.BYTES, value);
  }

  @Override
  public final int read32(long pa) {
    check(pa, Integer.BYTES);
    return (int) read(pa, Integer.BYTES);
  }

  @Override
  public final void write32(long pa, int value) {
    check(pa, Integer.BYTES);
    write(pa, Integer.BYTES, value);
  }
}
