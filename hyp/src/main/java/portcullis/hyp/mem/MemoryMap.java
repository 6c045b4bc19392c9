package portcullis.hyp.mem;

import java.util.List;
import portcullis.platform.boot.MemoryRange;

/** Which page frames are RAM. Immutable; every question costs O(log ranges). */
final class MemoryMap {
  private final long[] starts;
  private final long[] ends;

  /**
   * The map of {@code memory}.
   *
   * @param memory sorted, without overlaps, in whole pages
   * @throws IllegalArgumentException if it is not
   */
  MemoryMap(List<MemoryRange> memory, int pageShift) {
    starts = new long[memory.size()];
    ends = new long[memory.size()];
    long mask = (1L << pageShift) - 1;
    for (int i = 0; i < starts.length; i++) {
      MemoryRange range = memory.get(i);
      starts[i] = range.base() >>> pageShift;
      ends[i] = range.end() >>> pageShift;
      if (((range.base() | range.size()) & mask) != 0 || (i > 0 && starts[i] < ends[i - 1])) {
        throw new IllegalArgumentException(
            "RAM not sorted, disjoint and in whole pages: " + memory);
      }
    }
  }

  /** Whether page {@code pfn} is RAM. */
  boolean isMemory(long pfn) {
    int i = firstEndingAfter(pfn);
    return i < starts.length && starts[i] <= pfn;
  }

  /** The first page behind {@code pfn}, at most {@code limit}, that is RAM if pfn is not or not. */
  long runEnd(long pfn, long limit) {
    int i = firstEndingAfter(pfn);
    if (i == starts.length) {
      return limit;
    }
    if (starts[i] > pfn) {
      return Math.min(starts[i], limit);
    }
    while (i + 1 < starts.length && starts[i + 1] == ends[i] && ends[i] < limit) {
      i++;
    }
    return Math.min(ends[i], limit);
  }

  private int firstEndingAfter(long pfn) {
    int low = 0;
    int high = ends.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ends[middle] <= pfn) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
