package portcullis.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import portcullis.platform.boot.MemoryRange;
import portcullis.store.Store;

class RamTest {
  private static final long LOW = 0x8000_0000L;
  private static final long HIGH = 0x400_0000_0000L;
  private static final long SIZE = 0x8_0000_0000L;

  private final Store store = new Store();
  private final Ram ram =
      new Ram(store, List.of(new MemoryRange(LOW, SIZE), new MemoryRange(HIGH, SIZE)));

  @Test
  void isLittleEndianAtEveryWidth() {
    ram.write64(LOW, 0x8877_6655_4433_2211L);
    assertEquals(0x8877_6655_4433_2211L, ram.read(LOW, 8));
    assertEquals(0x4433_2211, ram.read32(LOW));
    assertEquals(0x8877_6655, ram.read32(LOW + 4));
    assertEquals(0x8877_6655L, ram.read(LOW + 4, 4), "zero-extended");
    assertEquals(0x8877, ram.read(LOW + 6, 2));
    for (int i = 0; i < 8; i++) {
      assertEquals(0x11 * (i + 1), ram.read(LOW + i, 1));
    }
  }

  @Test
  void aNarrowWriteChangesItsBytesOnly() {
    Random random = new Random(1);
    byte[] expected = new byte[64];
    for (int step = 0; step < 5_000; step++) {
      int bytes = 1 << random.nextInt(4);
      int at = random.nextInt(expected.length / bytes) * bytes;
      long value = random.nextLong();
      ram.write(LOW + at, bytes, value);
      for (int i = 0; i < bytes; i++) {
        expected[at + i] = (byte) (value >>> (8 * i));
      }
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i] & 0xff, ram.read(LOW + i, 1), "byte " + i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {LOW - 8, LOW + SIZE, HIGH - 8, HIGH + SIZE, 0, -8, 1L << 51})
  void refusesWhatIsNoRam(long pa) {
    assertFalse(ram.contains(pa));
    assertThrows(IllegalArgumentException.class, () -> ram.read64(pa));
    assertThrows(IllegalArgumentException.class, () -> ram.write64(pa, 1));
    assertThrows(IllegalArgumentException.class, () -> ram.read32(pa));
    assertThrows(IllegalArgumentException.class, () -> ram.write32(pa, 1));
  }

  @Test
  void reachesFromTheFirstToTheLastByteOfARange() {
    for (long pa : new long[] {LOW, LOW + SIZE - 8, HIGH, HIGH + SIZE - 8}) {
      ram.write64(pa, ~pa);
      assertEquals(~pa, ram.read64(pa));
      assertTrue(ram.contains(pa + 7));
    }
  }

  @Test
  void refusesUnalignedAccesses() {
    for (int offset = 1; offset < 8; offset++) {
      long pa = LOW + offset;
      assertThrows(IllegalArgumentException.class, () -> ram.read64(pa));
      assertThrows(IllegalArgumentException.class, () -> ram.write64(pa, 1));
      if (offset != 4) {
        assertThrows(IllegalArgumentException.class, () -> ram.read32(pa));
        assertThrows(IllegalArgumentException.class, () -> ram.write32(pa, 1));
      }
    }
    assertEquals(0, ram.read64(LOW));
  }

  @Test
  void zeroesARange() {
    for (long pa = LOW; pa < LOW + 0x3000; pa += 8) {
      ram.write64(pa, ~pa);
    }
    ram.zero(LOW + 0x18, 0x2000);
    for (long pa = LOW; pa < LOW + 0x3000; pa += 8) {
      assertEquals(pa >= LOW + 0x18 && pa < LOW + 0x2018 ? 0 : ~pa, ram.read64(pa));
    }
  }

  @Test
  void zeroesNothingBeyondRam() {
    ram.write64(LOW + SIZE - 8, 1);
    assertFalse(ram.zeroAtOnce(LOW + SIZE - 8, 16));
    assertFalse(ram.zeroAtOnce(LOW - 8, 16));
    assertFalse(ram.zeroAtOnce(LOW + 4, 8), "not aligned");
    assertEquals(1, ram.read64(LOW + SIZE - 8));
    assertThrows(IllegalArgumentException.class, () -> ram.zero(LOW + SIZE - 8, 16));
  }

  @Test
  void movesBytesAtOnce() {
    byte[] bytes = new byte[0x2010];
    new Random(4).nextBytes(bytes);
    assertTrue(ram.moveAtOnce(LOW + 0xff8, bytes, 8, 0x2008, true));
    byte[] read = new byte[0x2010];
    assertTrue(ram.moveAtOnce(LOW + 0xff0, read, 0, 0x2010, false));
    System.arraycopy(new byte[8], 0, bytes, 0, 8);
    assertArrayEquals(bytes, read);
    assertEquals(bytes[8] & 0xff, ram.read(LOW + 0xff8, 1));
  }

  @Test
  void movesNothingAtOnceThatIsMoreThanMoving() {
    byte[] bytes = new byte[16];
    Arrays.fill(bytes, (byte) 1);
    assertFalse(ram.moveAtOnce(LOW + SIZE - 8, bytes, 0, 16, true));
    assertFalse(ram.moveAtOnce(LOW - 8, bytes, 0, 16, true));
    assertEquals(0, ram.read64(LOW));
    assertEquals(0, ram.read64(LOW + SIZE - 8));

    Store watched = new Store();
    Ram withHistory =
        new Ram(
            watched, List.of(new MemoryRange(LOW, SIZE)), new MemoryHistory(watched, "history"));
    assertFalse(withHistory.moveAtOnce(LOW, bytes, 0, 16, true), "each word has a history");
  }

  @Test
  void refusesRangesThatOverlap() {
    List<MemoryRange> ranges = List.of(new MemoryRange(0, 0x2000), new MemoryRange(0x1000, 0x1000));
    assertThrows(IllegalArgumentException.class, () -> new Ram(new Store(), ranges));
  }

  @Test
  void whatNobodyWroteTakesNoSpace() {
    Random random = new Random(2);
    for (int i = 0; i < 10_000; i++) {
      long pa = (random.nextBoolean() ? LOW : HIGH) + random.nextLong(SIZE / 8) * 8;
      assertEquals(0, ram.read64(pa));
      ram.write64(pa, 0);
    }
    assertEquals(0, ram.storedPages());
    assertEquals(0, store.fingerprint());
  }

  @Test
  void holdsScatteredWordsOver40BitsInAPageEach() {
    Random random = new Random(3);
    Map<Long, Long> words = new HashMap<>();
    for (int i = 0; i < 500; i++) {
      long page = (random.nextBoolean() ? LOW : HIGH) + (long) i * 0x100_0000 / 0x1000 * 0x1000;
      long pa = page + random.nextInt(512) * 8;
      words.put(pa, random.nextLong() | 1);
      ram.write64(pa, words.get(pa));
    }
    words.forEach((pa, value) -> assertEquals(value, ram.read64(pa)));
    assertEquals(500, ram.storedPages());
  }
}
