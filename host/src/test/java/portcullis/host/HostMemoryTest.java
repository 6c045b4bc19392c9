package portcullis.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class HostMemoryTest {
  private static final long PAGE = 1L << FakeHost.PAGE_SHIFT;

  private final FakeHost host = new FakeHost();

  private HostMemory memory(long base, long pages) {
    return new HostMemory(host.store, host, base, pages * PAGE, FakeHost.PAGE_SHIFT);
  }

  /** Every block is aligned, zeroed, in range and of nobody else; what comes back is used again. */
  @Test
  void handsOutWhatAModelAllows() {
    long base = FakeHost.RAM + 3 * PAGE;
    long pages = 1021;
    HostMemory memory = memory(base, pages);
    Random random = new Random(4);
    TreeMap<Long, Long> taken = new TreeMap<>();
    int refused = 0;
    for (int i = 0; i < 4_000; i++) {
      if (taken.isEmpty() || random.nextInt(5) < 3) {
        long bytes = 1 + random.nextLong(PAGE << random.nextInt(7));
        long size = Math.max(PAGE, Long.highestOneBit(2 * bytes - 1));
        long block = memory.allocateBytes(bytes);
        if (block == HostMemory.NO_PAGE) {
          refused++;
          Long address = taken.firstKey();
          memory.freeBytes(address, taken.remove(address));
          continue;
        }
        assertEquals(0, block % size, "alignment");
        assertTrue(block >= base && block + size <= base + pages * PAGE, "range");
        Map.Entry<Long, Long> below = taken.floorEntry(block + size - 1);
        assertTrue(below == null || below.getKey() + below.getValue() <= block, "overlap");
        for (long at = block; at < block + size; at += 8) {
          assertEquals(0, host.memory().read64(at), "zeroed");
          host.memory().write64(at, -1);
        }
        taken.put(block, size);
      } else {
        List<Long> addresses = new ArrayList<>(taken.keySet());
        Long address = addresses.get(random.nextInt(addresses.size()));
        memory.freeBytes(address, taken.remove(address));
      }
    }
    assertTrue(refused > 0, "never exhausted: the test is too small");
    long held = taken.values().stream().mapToLong(Long::longValue).sum();
    assertEquals(pages - held / PAGE, host.freePages(memory), "pages lost");
  }

  @Test
  void everyPageCanBeHadAndHadAgain() {
    HostMemory memory = memory(FakeHost.RAM + PAGE, 37);
    long all = host.freePages(memory);
    assertEquals(37, all);
    List<Long> blocks = new ArrayList<>();
    for (int i = 0; i < 37; i++) {
      blocks.add(memory.allocate(1));
    }
    assertEquals(HostMemory.NO_PAGE, memory.allocate(1));
    blocks.forEach(block -> memory.free(block, 1));
    assertEquals(37, host.freePages(memory));
  }

  /** Alignment skips pages before the first large block; they are not lost. */
  @Test
  void keepsWhatAlignmentSkips() {
    HostMemory memory = memory(FakeHost.RAM + PAGE, 31);
    assertEquals(FakeHost.RAM + 16 * PAGE, memory.allocate(16));
    assertEquals(15, host.freePages(memory));
    assertEquals(FakeHost.RAM + 8 * PAGE, memory.allocate(8));
    assertEquals(FakeHost.RAM + 4 * PAGE, memory.allocate(4));
  }

  @Test
  void refusesWhatIsLargerThanItAll() {
    HostMemory memory = memory(FakeHost.RAM, 16);
    assertEquals(HostMemory.NO_PAGE, memory.allocate(32));
    for (int shift = 13; shift < 63; shift++) {
      if (1L << shift > 16 * PAGE) {
        assertEquals(HostMemory.NO_PAGE, memory.allocateBytes(1L << shift), "2^" + shift);
      }
    }
    assertEquals(16, host.freePages(memory), "a refusal takes nothing");
    assertNotEquals(HostMemory.NO_PAGE, memory.allocate(16));
  }

  /** The lists end at blocks of 2 GiB: a larger one could be taken but not given back. */
  @Test
  void refusesBlocksLargerThanItsLists() {
    HostMemory memory = memory(FakeHost.RAM, 1L << 22);
    assertEquals(HostMemory.NO_PAGE, memory.allocateBytes(1L << 32));
  }

  @Test
  void whatWasGivenBackLastIsTakenFirst() {
    HostMemory memory = memory(FakeHost.RAM, 2);
    long first = memory.allocate(1);
    long second = memory.allocate(1);
    memory.free(first, 1);
    memory.free(second, 1);
    assertEquals(second, memory.allocate(1));
    assertEquals(first, memory.allocate(1));
  }
}
