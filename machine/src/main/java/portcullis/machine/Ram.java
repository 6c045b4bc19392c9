package portcullis.machine;

import java.util.List;
import portcullis.platform.boot.MemoryRange;
import portcullis.store.PagedWords;
import portcullis.store.Store;

/** The machine's RAM: sparse, so that what nobody wrote takes no space. */
final class Ram extends Memory {
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

  /** O(log ranges). */
  @Override
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

  @Override
  long read(long pa, int bytes) {
    assert aligned(pa, bytes);
    return extract(words.get(pa >>> 3), pa, bytes);
  }

  @Override
  long readOr(long pa, long absent) {
    assert aligned(pa, Long.BYTES);
    // Only where RAM is, a word is ever other than 0.
    long word = words.get(pa >>> 3);
    return word != 0 || contains(pa) ? word : absent;
  }

  @Override
  void write(long pa, int bytes, long value) {
    assert aligned(pa, bytes);
    long index = pa >>> 3;
    if (bytes == Long.BYTES && history == null) {
      words.set(index, value);
      return;
    }
    long before = words.get(index);
    long after = insert(before, pa, bytes, value);
    if (history != null) {
      history.write(pa, before, after);
    }
    words.set(index, after);
  }

  @Override
  boolean zeroAtOnce(long pa, long bytes) {
    if (history != null || !aligned(pa, Long.BYTES) || !map.holds(pa, bytes)) {
      return false;
    }
    words.zero(pa >>> 3, bytes >>> 3);
    return true;
  }

  @Override
  boolean moveAtOnce(long pa, byte[] data, int from, int count, boolean write) {
    if (history != null || !map.holds(pa, count)) {
      return false;
    }
    assert aligned(pa, Long.BYTES) && aligned(count, Long.BYTES);
    if (write) {
      words.write(pa >>> 3, count >>> 3, data, from);
    } else {
      words.read(pa >>> 3, count >>> 3, data, from);
    }
    return true;
  }

  @Override
  MemoryHistory history() {
    return history;
  }
}
