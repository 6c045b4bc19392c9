package portcullis.machine;

import java.util.List;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.boot.MemoryRange;
import portcullis.store.PagedWords;
import portcullis.store.Store;

/** The machine's RAM: sparse, so that what nobody wrote takes no space. */
final class Ram implements PhysicalMemory {
  /** The architecture's largest physical address space, in 64-bit words. */
  private static final long WORDS = 1L << (52 - 3);

  private final PagedWords words;
  private final AddressMap map = new AddressMap();

  /** Null where nobody asks. */
  private final MemoryHistory history;

  /**
   * RAM in the given places, without a history.
   *
   * @param ranges without overlaps, multiples of 8 bytes, below 2<sup>52</sup>
   */
  Ram(Store store, List<MemoryRange> ranges) {
    this(store, ranges, null);
  }

  /**
   * As the other.
   *
   * @param history is told of every change; null for none
   */
  Ram(Store store, List<MemoryRange> ranges, MemoryHistory history) {
    this.history = history;
    words = store.paged("ram", WORDS);
    for (MemoryRange range : ranges) {
      map.add(range.base(), range.size());
    }
  }

  /** Whether {@code pa} is RAM. O(log ranges). */
  boolean contains(long pa) {
    return map.find(pa) != AddressMap.NONE;
  }

  /** Whether any byte of the range is RAM. */
  boolean overlaps(long base, long size) {
    return map.overlaps(base, size);
  }

  /** Pages of the store that contents take; what was never written takes none. */
  int storedPages() {
    return words.pages();
  }

  /** The {@code bytes} (1, 2, 4 or 8), naturally aligned, at {@code pa}, zero-extended. */
  long read(long pa, int bytes) {
    assert aligned(pa, bytes);
    long word = words.get(pa >>> 3);
    return bytes == 8 ? word : (word >>> shift(pa)) & mask(bytes);
  }

  /** Stores {@code bytes} (1, 2, 4 or 8), naturally aligned, at {@code pa}. */
  void write(long pa, int bytes, long value) {
    assert aligned(pa, bytes);
    long index = pa >>> 3;
    long word = value;
    if (bytes != 8) {
      long mask = mask(bytes) << shift(pa);
      word = (words.get(index) & ~mask) | ((value << shift(pa)) & mask);
    }
    if (history != null) {
      history.write(pa, words.get(index), word);
    }
    words.set(index, word);
  }

  /** What it held before; null if nobody asks. */
  MemoryHistory history() {
    return history;
  }

  private static int shift(long pa) {
    return (int) (pa & 7) * 8;
  }

  private static long mask(int bytes) {
    return (1L << (bytes * 8)) - 1;
  }

  private static boolean aligned(long pa, int bytes) {
    return (pa & (bytes - 1)) == 0;
  }

  private void check(long pa, int bytes) {
    if (!contains(pa) || !aligned(pa, bytes)) {
      throw new IllegalArgumentException("no aligned RAM of %d bytes at 0x%x".formatted(bytes, pa));
    }
  }

  @Override
  public long read64(long pa) {
    check(pa, 8);
    return read(pa, 8);
  }

  @Override
  public void write64(long pa, long value) {
    check(pa, 8);
    write(pa, 8, value);
  }

  @Override
  public int read32(long pa) {
    check(pa, 4);
    return (int) read(pa, 4);
  }

  @Override
  public void write32(long pa, int value) {
    check(pa, 4);
    write(pa, 4, value);
  }
}
