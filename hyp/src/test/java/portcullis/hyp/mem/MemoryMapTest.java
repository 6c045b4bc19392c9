package portcullis.hyp.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.platform.boot.MemoryRange;

class MemoryMapTest {
  private final MemoryMap map =
      new MemoryMap(
          List.of(
              new MemoryRange(0x2000, 0x1000),
              new MemoryRange(0x3000, 0x2000),
              new MemoryRange(0x8000, 0x1000)),
          12);

  @Test
  void knowsRamFromTheRest() {
    assertFalse(map.isMemory(1));
    assertTrue(map.isMemory(2));
    assertTrue(map.isMemory(4));
    assertFalse(map.isMemory(5));
    assertTrue(map.isMemory(8));
    assertFalse(map.isMemory(9));
  }

  @Test
  void runsJoinAdjacentBanksAndStopAtTheLimit() {
    assertEquals(2, map.runEnd(0, 100));
    assertEquals(5, map.runEnd(2, 100));
    assertEquals(3, map.runEnd(2, 3));
    assertEquals(8, map.runEnd(5, 100));
    assertEquals(100, map.runEnd(9, 100));
  }

  @Test
  void refusesUnsortedOverlappingAndUnaligned() {
    MemoryRange first = new MemoryRange(0x1000, 0x2000);
    MemoryRange second = new MemoryRange(0x2000, 0x1000);
    assertThrows(IllegalArgumentException.class, () -> new MemoryMap(List.of(first, second), 12));
    assertThrows(IllegalArgumentException.class, () -> new MemoryMap(List.of(second, first), 12));
    assertThrows(
        IllegalArgumentException.class,
        () -> new MemoryMap(List.of(new MemoryRange(0x1000, 0x800)), 12));
  }
}
