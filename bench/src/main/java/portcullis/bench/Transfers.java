package portcullis.bench;

import java.util.Arrays;

/** How much longer each transfer of an iteration took with cold translations than without any. */
final class Transfers {
  private static final int MOST = 1 << 16;
  private static final int PICOS_PER_NANO = 1000;

  private final long[] differences = new long[MOST];
  private int count;

  /** A transfer of {@link Workload#CHUNK_PAGES} took so long; the last {@link #MOST} count. */
  void add(long coldNanos, long bypassNanos) {
    differences[count++ % MOST] = coldNanos - bypassNanos;
  }

  /** Forgets all. */
  void clear() {
    count = 0;
  }

  /** Picoseconds a page missed: the median transfer's, so that disturbed ones do not count. */
  long picosPerMiss() {
    int known = Math.min(count, MOST);
    if (known == 0) {
      return 0;
    }
    long[] sorted = Arrays.copyOf(differences, known);
    Arrays.sort(sorted);
    return sorted[known / 2] * PICOS_PER_NANO / Workload.CHUNK_PAGES;
  }
}
