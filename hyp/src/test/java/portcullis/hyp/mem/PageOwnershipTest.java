package portcullis.hyp.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;
import portcullis.store.Store;

class PageOwnershipTest {
  private static final int PAGES = 3 * 512 + 100;

  @Test
  void runsAndBlocksAgreeWithAnArrayOnRandomChanges() {
    for (int bits : new int[] {2, 3, 9}) {
      Random random = new Random(bits);
      PageOwnership ownership = new PageOwnership(new Store(), PAGES, bits);
      long[] model = new long[PAGES];
      for (int step = 0; step < 400; step++) {
        int start = random.nextInt(PAGES);
        int end = start + 1 + random.nextInt(Math.min(PAGES - start, 1 << random.nextInt(11)));
        long word =
            random.nextInt(3) == 0 ? PageWord.ofGuest(1 + random.nextInt(2)) : PageWord.HOST;
        ownership.pass(start, end, word);
        java.util.Arrays.fill(model, start, end, word);
        for (int query = 0; query < 20; query++) {
          int from = random.nextInt(PAGES);
          int limit = from + 1 + random.nextInt(PAGES - from);
          int expected = from + 1;
          while (expected < limit && (model[expected] == 0) == (model[from] == 0)) {
            expected++;
          }
          assertEquals(expected, ownership.runEnd(from, limit));
          assertEquals(model[from] == 0 && expected == limit, ownership.allHost(from, limit));
          assertEquals(model[from], ownership.word(from));
        }
      }
    }
  }
}
