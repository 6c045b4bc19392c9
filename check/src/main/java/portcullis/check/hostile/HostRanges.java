package portcullis.check.hostile;

import java.util.Arrays;
import portcullis.hyp.Status;
import portcullis.hyp.mem.HostPages;
import portcullis.hyp.mem.PageOwner;
import portcullis.platform.boot.MemoryRange;

/**
 * What the host owns: disjoint ranges that do not touch, ascending. A look-up costs O(log ranges),
 * so that a block of a table is judged without visiting its pages; a page that changes hands,
 * O(ranges).
 */
final class HostRanges {
  private long[] starts = new long[64];
  private long[] ends = new long[64];
  private int count;

  /** Takes the ranges anew. */
  void read(HostPages pages) {
    count = 0;
    pages.forEachHostRange(
        (start, end, memory) -> {
          if (count > 0 && ends[count - 1] == start) {
            ends[count - 1] = end;
          } else {
            insert(count, start, end);
          }
          return Status.OK;
        });
  }

  /** A page's owner may have changed. */
  void set(long page, long bytes, boolean hosts) {
    int range = rangeBefore(page);
    boolean before = range >= 0 && page < ends[range];
    if (hosts && !before) {
      add(range, page, page + bytes);
    } else if (!hosts && before) {
      remove(range, page, page + bytes);
    }
  }

  private void add(int below, long start, long end) {
    boolean joinsBelow = below >= 0 && ends[below] == start;
    boolean joinsAbove = below + 1 < count && starts[below + 1] == end;
    if (joinsBelow && joinsAbove) {
      ends[below] = ends[below + 1];
      delete(below + 1);
    } else if (joinsBelow) {
      ends[below] = end;
    } else if (joinsAbove) {
      starts[below + 1] = start;
    } else {
      insert(below + 1, start, end);
    }
  }

  private void remove(int range, long start, long end) {
    long last = ends[range];
    boolean atStart = starts[range] == start;
    if (atStart && last == end) {
      delete(range);
    } else if (atStart) {
      starts[range] = end;
    } else {
      ends[range] = start;
      if (last != end) {
        insert(range + 1, end, last);
      }
    }
  }

  private void insert(int at, long start, long end) {
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, 2 * count);
      ends = Arrays.copyOf(ends, 2 * count);
    }
    System.arraycopy(starts, at, starts, at + 1, count - at);
    System.arraycopy(ends, at, ends, at + 1, count - at);
    starts[at] = start;
    ends[at] = end;
    count++;
  }

  private void delete(int at) {
    count--;
    System.arraycopy(starts, at + 1, starts, at, count - at);
    System.arraycopy(ends, at + 1, ends, at, count - at);
  }

  /** The last range that starts at {@code pa} or below it; -1 if none. */
  private int rangeBefore(long pa) {
    int at = Arrays.binarySearch(starts, 0, count, pa);
    return at >= 0 ? at : -at - 2;
  }

  /** Whether all of {@code [pa, pa+bytes)} is the host's. */
  boolean contain(long pa, long bytes) {
    int range = rangeBefore(pa);
    return range >= 0 && bytes <= ends[range] - pa;
  }

  /** Whether the other has the same ranges. */
  boolean same(HostRanges other) {
    return Arrays.equals(starts, 0, count, other.starts, 0, other.count)
        && Arrays.equals(ends, 0, count, other.ends, 0, other.count);
  }

  /**
   * The first page of {@code memory} whose ownership word contradicts the ranges; -1 if none.
   * Visits every page.
   */
  long firstMistake(HostPages pages, MemoryRange memory, long pageBytes) {
    for (long pa = memory.base(); pa < memory.end(); pa += pageBytes) {
      if ((pages.owner(pa) == PageOwner.HOST) != contain(pa, pageBytes)) {
        return pa;
      }
    }
    return -1;
  }
}
