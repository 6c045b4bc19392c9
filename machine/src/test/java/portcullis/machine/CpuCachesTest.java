package portcullis.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.platform.boot.MemoryRange;
import portcullis.store.Store;

/** What caches may do between a CPU and who does not snoop (DDI 0487 B2.7.2, D7.5). */
class CpuCachesTest {
  private static final long RAM = 0x8000_0000L;
  private static final long LINE = CpuCaches.LINE_BYTES;

  private final Store store = new Store();
  private final Ram ram = new Ram(store, List.of(new MemoryRange(RAM, 0x1_0000)));
  private final MemoryHistory history = new MemoryHistory(store, "seen");
  private final CpuCaches caches = new CpuCaches(store, ram, history);
  private final Memory below = caches.below();

  @Test
  void writeStaysInTheCacheUntilItIsCleaned() {
    caches.write64(RAM, 1);
    assertEquals(1, caches.read64(RAM));
    assertEquals(0, below.read64(RAM));
    caches.clean(RAM + LINE, LINE);
    assertEquals(0, below.read64(RAM), "another line");
    caches.clean(RAM, 1);
    assertEquals(1, below.read64(RAM));
  }

  @Test
  void cpuKeepsWhatItHasReadUntilItIsInvalidated() {
    assertEquals(0, caches.read64(RAM));
    below.write64(RAM + 8, 2);
    assertEquals(0, caches.read64(RAM + 8), "the same line");
    caches.clean(RAM, LINE);
    assertEquals(0, caches.read64(RAM + 8), "cleaning does not invalidate");
    assertEquals(2, below.read64(RAM + 8), "and a line that is not dirty is not written");
    caches.cleanAndInvalidate(RAM + 8, 8);
    assertEquals(2, caches.read64(RAM + 8));
  }

  @Test
  void lineIsWrittenBackWhole() {
    caches.write64(RAM, 1);
    below.write64(RAM + 8, 2);
    caches.cleanAndInvalidate(RAM, 8);
    assertEquals(1, caches.read64(RAM));
    assertEquals(0, caches.read64(RAM + 8), "whoever shares a line with a CPU loses");
  }

  @Test
  void narrowAccessesMeetTheirBytes() {
    caches.write(RAM + 4, 1, 0xab);
    caches.write32(RAM, 0x1234_5678);
    assertEquals(0xab_1234_5678L, caches.read64(RAM));
    caches.clean(RAM, 8);
    assertEquals(0xab_1234_5678L, ram.read64(RAM));
    below.write(RAM + 0x46, 2, 0xcdef);
    assertEquals(0xcdef, caches.read(RAM + 0x46, 2));
  }

  @Test
  void everyLineOfARangeIsReached() {
    for (long at = RAM; at < RAM + 4 * LINE; at += LINE) {
      caches.write64(at, 7);
    }
    caches.clean(RAM + LINE - 1, LINE + 2);
    assertEquals(7, below.read64(RAM));
    assertEquals(7, below.read64(RAM + LINE));
    assertEquals(7, below.read64(RAM + 2 * LINE));
    assertEquals(0, below.read64(RAM + 3 * LINE));
  }

  @Test
  void cachesMayWriteBackWhenTheyLike() {
    caches.write64(RAM, 1);
    caches.write64(RAM + LINE, 2);
    caches.writeLatestBack();
    assertEquals(1, below.read64(RAM));
    assertEquals(2, below.read64(RAM + LINE));
    caches.write64(RAM, 3);
    caches.writeLatestBack();
    assertEquals(3, below.read64(RAM));
  }

  @Test
  void lookingFromOutsideAllocatesNothing() {
    assertEquals(0, caches.glimpse().read64(RAM));
    below.write64(RAM, 5);
    assertEquals(5, caches.glimpse().read64(RAM));
    caches.write64(RAM, 6);
    assertEquals(6, caches.glimpse().read64(RAM));
    assertThrows(UnsupportedOperationException.class, () -> caches.glimpse().write64(RAM, 1));
  }

  @Test
  void undoTakesLinesBackToo() {
    long mark = store.mark();
    caches.write64(RAM, 1);
    caches.clean(RAM, 8);
    store.undo(mark);
    below.write64(RAM, 4);
    assertEquals(4, caches.read64(RAM), "the line is not there any more");
  }

  @Test
  void historyIsOfWhatACoherentObserverSees() {
    below.write64(RAM, 1);
    assertEquals(1, history.now());
    caches.read64(RAM);
    below.write64(RAM, 2);
    assertEquals(1, history.now(), "the line hides it");
    caches.cleanAndInvalidate(RAM, 8);
    assertEquals(2, history.now());
    assertEquals(1, history.valueBefore(history.lastChange(RAM)));
    caches.write64(RAM, 3);
    assertEquals(2, history.valueBefore(history.lastChange(RAM)));
    caches.clean(RAM, 8);
    assertEquals(3, history.now(), "cleaning changes nothing for it");
  }
}
