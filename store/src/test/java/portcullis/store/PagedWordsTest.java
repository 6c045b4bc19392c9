package portcullis.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PagedWordsTest {

  @Test
  void allocatesAPageOnlyForAWordThatIsNotZero() {
    PagedWords ram = new Store().paged("ram", PagedWords.MAX_LENGTH);
    ram.get(77);
    ram.set(77, 0);
    assertEquals(0, ram.pages());
    assertEquals(0, ram.residentBytes());
    ram.set(77, 1);
    ram.set(78, 1);
    ram.set(511, 1);
    assertEquals(1, ram.pages());
    ram.set(512, 1);
    assertEquals(2, ram.pages());
    assertEquals(2 * 512 * 8, ram.residentBytes());
  }

  @Test
  void holdsWordsAtBothEndsOfPhysicalMemory() {
    PagedWords ram = new Store().paged("ram", PagedWords.MAX_LENGTH);
    long last = PagedWords.MAX_LENGTH - 1;
    ram.set(0, 1);
    ram.set(last, 2);
    ram.set(1L << 40, 3);
    assertEquals(1, ram.get(0));
    assertEquals(2, ram.get(last));
    assertEquals(3, ram.get(1L << 40));
    assertEquals(0, ram.get(last - 1));
    assertEquals(0, ram.get((1L << 40) + (1L << 32)));
  }

  @Test
  void movingBytesIsAsMovingEachWord() {
    SplittableRandom random = new SplittableRandom(8);
    for (int round = 0; round < 200; round++) {
      Store store = new Store();
      Store expected = new Store();
      PagedWords ram = store.paged("ram", 4096);
      PagedWords model = expected.paged("ram", 4096);
      boolean journaled = random.nextBoolean();
      long mark = journaled ? store.mark() : 0;
      for (int step = 0; step < 10; step++) {
        int count = random.nextInt(1200);
        long from = random.nextLong(4096 - count);
        int at = random.nextInt(10);
        byte[] bytes = new byte[at + count * Long.BYTES + 3];
        if (random.nextInt(4) != 0) {
          random.nextBytes(bytes);
        }
        ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        ram.write(from, count, bytes, at);
        for (int i = 0; i < count; i++) {
          model.set(from + i, words.getLong(at + i * Long.BYTES));
        }
        assertEquals(model.pages(), ram.pages());
        assertEquals(expected.fingerprint(), store.fingerprint());

        byte[] before = bytes.clone();
        long other = random.nextLong(4096 - count);
        ram.read(other, count, bytes, at);
        for (int i = 0; i < count; i++) {
          assertEquals(model.get(other + i), words.getLong(at + i * Long.BYTES));
        }
        assertArrayEquals(Arrays.copyOf(before, at), Arrays.copyOf(bytes, at));
        int end = bytes.length - 3;
        assertArrayEquals(
            Arrays.copyOfRange(before, end, end + 3), Arrays.copyOfRange(bytes, end, end + 3));
      }
      if (journaled) {
        store.undo(mark);
        assertEquals(0, store.fingerprint());
      }
    }
  }

  @Test
  void movesNoBytesFromOutside() {
    PagedWords ram = new Store().paged("ram", 1000);
    byte[] bytes = new byte[80];
    assertThrows(IndexOutOfBoundsException.class, () -> ram.read(991, 10, bytes, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> ram.write(991, 10, bytes, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> ram.read(-1, 1, bytes, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> ram.read(0, 10, bytes, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> ram.write(0, 10, bytes, 1));
    assertEquals(0, ram.pages());
  }

  @Test
  void zeroingIsAsSettingEachWordToZero() {
    SplittableRandom random = new SplittableRandom(7);
    for (int round = 0; round < 200; round++) {
      Store store = new Store();
      Store expected = new Store();
      PagedWords ram = store.paged("ram", 8192);
      PagedWords model = expected.paged("ram", 8192);
      for (int i = 0; i < 300; i++) {
        long index = random.nextInt(4) * 2048L + random.nextInt(700);
        long value = random.nextLong();
        ram.set(index, value);
        model.set(index, value);
      }
      int pages = ram.pages();
      long before = store.fingerprint();
      long mark = store.mark();
      long from = random.nextInt(8192);
      long count = random.nextInt((int) (8192 - from) + 1);
      ram.zero(from, count);
      for (long index = from; index < from + count; index++) {
        model.set(index, 0);
      }
      assertEquals(expected.fingerprint(), store.fingerprint());
      for (long index = 0; index < 8192; index++) {
        assertEquals(model.get(index), ram.get(index));
      }
      assertEquals(pages, ram.pages(), "no page is allocated for zeros");
      store.undo(mark);
      assertEquals(before, store.fingerprint());
    }
  }

  @Test
  void zeroingAWholeSpaceCostsWhatIsAllocated() {
    PagedWords ram = new Store().paged("ram", 1L << 31);
    ram.set(1L << 30, 1);
    ram.zero(0, 1L << 31);
    assertEquals(0, ram.get(1L << 30));
    assertThrows(IndexOutOfBoundsException.class, () -> ram.zero(1, 1L << 31));
    assertThrows(IndexOutOfBoundsException.class, () -> ram.zero(-1, 1));
  }

  @Test
  void severalArraysDoNotMix() {
    Store store = new Store();
    PagedWords one = store.paged("one", 4096);
    PagedWords other = store.paged("other", 4096);
    one.set(9, 1);
    assertEquals(0, other.get(9));
    other.set(9, 2);
    assertEquals(1, one.get(9));
    assertEquals(2, other.get(9));
  }

  @Test
  void agreesWithAMapOnManyPages() {
    for (long stride : new long[] {1, 512, 1 << 18, (1L << 33) + 512}) {
      PagedWords ram = new Store().paged("ram", PagedWords.MAX_LENGTH);
      Map<Long, Long> model = new HashMap<>();
      SplittableRandom random = new SplittableRandom(stride);
      for (int i = 0; i < 20_000; i++) {
        long index = random.nextInt(5000) * stride;
        long value = random.nextLong();
        ram.set(index, value);
        model.put(index, value);
        long other = random.nextInt(5000) * stride;
        assertEquals(model.getOrDefault(other, 0L), ram.get(other));
      }
      long pages = model.keySet().stream().mapToLong(index -> index / 512).distinct().count();
      assertEquals(pages, ram.pages());
    }
  }
}
