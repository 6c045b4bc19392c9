package portcullis.hyp.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import portcullis.hyp.FakeMachine;
import portcullis.platform.boot.MemoryRange;
import portcullis.store.Store;

class PagePoolTest {
  private static final long PAGE = 4096;
  private static final long BASE = 0x4000_3000L;
  private static final int PAGES = 301;

  private final Store store = new Store();
  private final FakeMachine machine = new FakeMachine(store, 12);
  private final PagePool pool =
      new PagePool(store, machine, new MemoryRange(BASE, PAGES * PAGE), 12);

  private record Run(long pa, int pages) {}

  @Test
  void isEmptyBeforeBoot() {
    assertEquals(PagePool.NO_PAGE, pool.allocate(1));
    assertEquals(0, pool.available());
  }

  @Test
  void refusesWhatIsNoWholePages() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new PagePool(new Store(), machine, new MemoryRange(0x800, 0x1000), 12));
  }

  @Test
  void givesEveryPageOnceAndThenNone() {
    pool.boot();
    TreeMap<Long, Integer> held = new TreeMap<>();
    for (int i = 0; i < PAGES; i++) {
      held.put(pool.allocate(1), 1);
    }
    assertEquals(PAGES, held.size());
    assertEquals(BASE, held.firstKey());
    assertEquals(BASE + (PAGES - 1) * PAGE, held.lastKey());
    assertEquals(PagePool.NO_PAGE, pool.allocate(1));
    assertEquals(0, pool.available());
    assertEquals(PAGES, pool.used());
  }

  @Test
  void refusesRunsThatItCannotHold() {
    pool.boot();
    assertEquals(PagePool.NO_PAGE, pool.allocate(PAGES));
    assertEquals(PagePool.NO_PAGE, pool.allocate(Integer.MAX_VALUE));
    assertEquals(PAGES, pool.available());
  }

  @Test
  void zeroesWhatWasUsedBefore() {
    pool.boot();
    long pa = pool.allocate(4);
    machine.write64(pa + 3 * PAGE + 8, 0x5ec3e7);
    pool.free(pa, 4);
    assertEquals(pa, pool.allocate(4));
    assertEquals(0, machine.read64(pa + 3 * PAGE + 8));
  }

  @Test
  void agreesWithAModelOnRandomPrograms() {
    pool.boot();
    long whole = store.mark();
    long fingerprint = store.fingerprint();
    Random random = new Random(7);
    TreeMap<Long, Integer> model = new TreeMap<>();
    List<Run> held = new ArrayList<>();
    long used = 0;
    int exhausted = 0;
    for (int step = 0; step < 20_000; step++) {
      if (random.nextInt(100) < 55) {
        int pages = 1 + random.nextInt(random.nextInt(24) + 1);
        long pa = pool.allocate(pages);
        if (pa == PagePool.NO_PAGE) {
          exhausted++;
        } else {
          int alignment = Integer.highestOneBit(2 * pages - 1);
          assertEquals(0, pa % (alignment * PAGE), "alignment of " + pages);
          assertTrue(pa >= BASE && pa + pages * PAGE <= BASE + PAGES * PAGE);
          var before = model.floorEntry(pa);
          assertTrue(before == null || before.getKey() + before.getValue() * PAGE <= pa);
          var after = model.ceilingEntry(pa);
          assertTrue(after == null || pa + pages * PAGE <= after.getKey());
          model.put(pa, pages);
          held.add(new Run(pa, pages));
          used += pages;
        }
      } else if (!held.isEmpty()) {
        Run run = held.remove(random.nextInt(held.size()));
        model.remove(run.pa());
        pool.free(run.pa(), run.pages());
        used -= run.pages();
      }
      assertEquals(used, pool.used());
      assertEquals(PAGES - used, pool.available());
    }
    assertTrue(exhausted > 0, "the program was to exhaust the pool");
    for (Run run : held) {
      pool.free(run.pa(), run.pages());
    }
    assertEquals(PAGES, pool.available());
    assertNotEquals(PagePool.NO_PAGE, pool.allocate(128), "freed blocks have merged");
    store.undo(whole);
    assertEquals(fingerprint, store.fingerprint());
  }
}
