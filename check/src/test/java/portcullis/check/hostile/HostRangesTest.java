package portcullis.check.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Ranges that are changed page by page against one flag for each page. */
class HostRangesTest {
  private static final long PAGE = 4096;
  private static final int PAGES = 40;

  @Test
  void followWhoOwnsEachPage() {
    SplittableRandom random = new SplittableRandom(1);
    HostRanges ranges = new HostRanges();
    boolean[] hosts = new boolean[PAGES];
    for (int step = 0; step < 20_000; step++) {
      int page = random.nextInt(PAGES);
      hosts[page] = random.nextBoolean();
      ranges.set(page * PAGE, PAGE, hosts[page]);
      int first = random.nextInt(PAGES);
      int count = 1 + random.nextInt(PAGES - first);
      boolean all = true;
      for (int i = first; i < first + count; i++) {
        all &= hosts[i];
      }
      assertEquals(all, ranges.contain(first * PAGE, count * PAGE));
    }
  }
}
