package portcullis.bench;

import java.util.Arrays;

/** How long the transfers of an iteration took, with cold translations and without any. */
final class Transfers {
  private static final int MOST = 1 << 14;
  private static final int PICOS_PER_NANO = 1000;

  private final long[] cold = new long[MOST];
  private final long[] bypass = new long[MOST];
  private int count;

  /** A transfer of {@link Workload#CHUNK_PAGES} took so long; the last {@link #MOST} count. */
  void add(long coldNanos, long bypassNanos) {
    cold[count % MOST] = coldNanos;
    bypass[count % MOST] = bypassNanos;
    count++;
  }

  /** Forgets all. */
  void clear() {
    count = 0;
  }

  /**
   * Picoseconds a page missed: by how much the lower quartiles differ. What else runs on the
   * machine can only make a transfer last longer, so the median would tell of that as well.
   */
  long picosPerMiss() {
    return (lowerQuartile(cold) - lowerQuartile(bypass)) * PICOS_PER_NANO / Workload.CHUNK_PAGES;
  }

  private long lowerQuartile(long[] nanos) {
    int known = Math.min(count, MOST);
    if (known == 0) {
      return 0;
    }
    long[] sorted = Arrays.copyOf(nanos, known);
    Arrays.sort(sorted);
    return sorted[known / 4];
  }
}
