package portcullis.machine;

import java.util.Arrays;

/**
 * Disjoint ranges of physical addresses in ascending order; a lookup allocates nothing, and finds
 * the range of the last one at once.
 */
final class AddressMap {

  /** {@link #find}: no range holds the address. */
  static final int NONE = -1;

  private long[] starts = {};
  private long[] ends = {};

  // The range found last, none where it ends at 0: a cache, true as long as no range is added.
  private int lastIndex;
  private long lastStart;
  private long lastEnd;

  /**
   * Adds a range. O(ranges).
   *
   * @return the index at which it stands from now on; those from there on have moved up by one
   * @throws IllegalArgumentException if the range is empty, is not within 0 to 2<sup>63</sup> - 1,
   *     or overlaps one that is there
   */
  int add(long base, long size) {
    if (base < 0 || size <= 0 || size > Long.MAX_VALUE - base) {
      throw new IllegalArgumentException("no such range: 0x%x+0x%x".formatted(base, size));
    }
    int index = firstEndingAfter(base);
    if (overlaps(base, size)) {
      throw new IllegalArgumentException(
          "0x%x+0x%x overlaps 0x%x to 0x%x".formatted(base, size, starts[index], ends[index] - 1));
    }
    starts = inserted(starts, index, base);
    ends = inserted(ends, index, base + size);
    lastEnd = 0;
    return index;
  }

  private static long[] inserted(long[] values, int index, long value) {
    long[] more = Arrays.copyOf(values, values.length + 1);
    System.arraycopy(values, index, more, index + 1, values.length - index);
    more[index] = value;
    return more;
  }

  /** Whether any byte of the range, which is as {@link #add} takes it, is in the map. */
  boolean overlaps(long base, long size) {
    int index = firstEndingAfter(base);
    return index < starts.length && starts[index] < base + size;
  }

  /** Index of the range that holds {@code pa}, or {@link #NONE}. O(log ranges). */
  int find(long pa) {
    return pa >= lastStart && pa < lastEnd ? lastIndex : search(pa);
  }

  /** Whether one range holds all of {@code size} bytes from {@code pa}. O(log ranges). */
  boolean holds(long pa, long size) {
    int index = find(pa);
    return index != NONE && size <= ends[index] - pa;
  }

  private int search(long pa) {
    int index = firstEndingAfter(pa);
    if (index == starts.length || starts[index] > pa) {
      return NONE;
    }
    lastIndex = index;
    lastStart = starts[index];
    lastEnd = ends[index];
    return index;
  }

  /** First byte of the range at {@code index}. */
  long base(int index) {
    return starts[index];
  }

  private int firstEndingAfter(long pa) {
    int low = 0;
    int high = ends.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ends[middle] > pa) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
