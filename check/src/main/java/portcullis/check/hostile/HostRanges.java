package portcullis.check.hostile;

import java.util.Arrays;
import portcullis.hyp.Status;
import portcullis.hyp.mem.HostPages;
import portcullis.hyp.mem.PageOwner;
import portcullis.platform.boot.MemoryRange;

/**
 * What the host owns at one moment: disjoint ranges, ascending. A look-up costs O(log ranges), so
 * that a block of a table is judged without visiting its pages.
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
          add(start, end);
          return Status.OK;
        });
  }

  private void add(long start, long end) {
    if (count > 0 && ends[count - 1] == start) {
      ends[count - 1] = end;
      return;
    }
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, 2 * count);
      ends = Arrays.copyOf(ends, 2 * count);
    }
    starts[count] = start;
    ends[count] = end;
    count++;
  }

  /** Whether all of {@code [pa, pa+bytes)} is the host's. */
  boolean contain(long pa, long bytes) {
    int at = Arrays.binarySearch(starts, 0, count, pa);
    int range = at >= 0 ? at : -at - 2;
    return range >= 0 && bytes <= ends[range] - pa;
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
