package portcullis.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

class CpuStage2Test {
  private static final long LOW = 0x8000_0000L;
  private static final long HIGH = 1L << 50;
  private static final long REGION = 0x4000_0000L;
  private static final long HOLE = 0x1000;
  private static final long PAGE = 0x1000;
  private static final int SLOTS = 256;

  private final Random random = new Random(7);
  private Store store;
  private Ram ram;
  private Bus bus;
  private CpuStage2 stage2;
  private long nextLow;
  private long nextHigh;

  private void reset() {
    store = new Store();
    ram = new Ram(store, List.of(new MemoryRange(LOW, REGION), new MemoryRange(HIGH, REGION)));
    bus = new SystemBus(ram, TraceSink.NONE, () -> 0).drivenBy("cpu");
    stage2 = new CpuStage2(store, bus, TlbiBroadcast.NONE);
    nextLow = LOW;
    nextHigh = HIGH;
  }

  private long allocate(long bytes) {
    nextLow = (nextLow + bytes - 1) & -bytes;
    nextLow += bytes;
    return nextLow - bytes;
  }

  private long allocateHigh(long bytes) {
    nextHigh = (nextHigh + bytes - 1) & -bytes;
    nextHigh += bytes;
    return nextHigh - bytes;
  }

  private long translate(long ipa, boolean write) {
    long pa = stage2.translate(ipa, write);
    return pa == CpuStage2.FAULT ? SlowStage2.fault(stage2.faultStatus()) : pa;
  }

  private Stage2Tables common() {
    reset();
    Stage2Tables tables = new Stage2Tables(ram, Stage2Shape.COMMON, this::allocate);
    stage2.enableHostStage2(tables.vttbr(), tables.vtcr());
    return tables;
  }

  @Test
  void passesEverythingUntilItIsEnabled() {
    reset();
    assertEquals(0xfff_ffff_f123L, translate(0xfff_ffff_f123L, true));
  }

  /** Every start level, granule and input size that the manual's tables have, and all others. */
  @Test
  void startsWhereT0szAndSl0AgreeAndFaultsAtLevel0ElseWhere() {
    int consistent = 0;
    for (int pageBits : new int[] {12, 14, 16}) {
      for (int sl = 0; sl < 8; sl++) {
        for (int t0sz = 0; t0sz < 64; t0sz++) {
          for (boolean ds : new boolean[] {false, true}) {
            consistent += startsAsTheManualSays(pageBits, sl, t0sz, ds) ? 1 : 0;
          }
        }
      }
    }
    assertTrue(consistent > 200, consistent + " shapes are consistent");
  }

  private boolean startsAsTheManualSays(int pageBits, int sl, int t0sz, boolean ds) {
    boolean effectiveDs = ds && pageBits != 16;
    int level = startLevel(pageBits, effectiveDs ? sl : sl & 3);
    int[] sizes = level > 3 ? null : SlowStage2.sizes(pageBits, level, effectiveDs);
    boolean consistent = sizes != null && t0sz >= sizes[0] && t0sz <= sizes[1];
    reset();
    Stage2Shape shape = new Stage2Shape(pageBits, consistent ? level : 3, t0sz, 5, ds);
    long pa = 0x7_0000_0000L;
    long expected = SlowStage2.fault(0x04);
    long root = LOW;
    if (consistent) {
      Stage2Shape tableShape = new Stage2Shape(pageBits, level, t0sz, 5, effectiveDs);
      Stage2Tables tables = new Stage2Tables(ram, tableShape, this::allocate);
      tables.map(0, pa);
      root = tables.root;
      expected = pa + 0x123;
    }
    stage2.enableHostStage2(root, shape.vtcr(sl));
    assertEquals(
        expected,
        translate(0x123, true),
        () -> "2^%d pages, SL %d, T0SZ %d, DS %b".formatted(pageBits, sl, t0sz, ds));
    return consistent;
  }

  /** From SL2:SL0; 9 where it is reserved. */
  private static int startLevel(int pageBits, int sl) {
    return switch (pageBits) {
      case 12 -> new int[] {2, 1, 0, 3, -1, 9, 9, 9}[sl];
      case 14 -> new int[] {3, 2, 1, 0, 3, 2, 1, 0}[sl];
      default -> new int[] {3, 2, 1, 9, 3, 2, 1, 9}[sl];
    };
  }

  @Test
  void takesAReservedGranuleFor4Kib() {
    Stage2Tables tables = common();
    tables.map(0x5000, 0x9000);
    stage2.enableHostStage2(tables.vttbr(), tables.vtcr() | 3L << 14);
    assertEquals(0x9008, translate(0x5008, false));
  }

  @Test
  void findsEveryAddressAndFaultThatASlowWalkFinds() {
    List<Stage2Shape> shapes = new ArrayList<>();
    for (int[] shape :
        new int[][] {
          {12, 0, 16}, {12, 0, 20}, {12, 0, 24}, {12, 1, 21}, {12, 1, 23}, {12, 1, 25},
          {12, 1, 33}, {12, 2, 30}, {12, 2, 34}, {12, 2, 42}, {12, 3, 39}, {12, 3, 43},
          {12, 3, 48}, {14, 1, 16}, {14, 1, 17}, {14, 1, 27}, {14, 2, 24}, {14, 2, 28},
          {14, 2, 38}, {14, 3, 35}, {14, 3, 39}, {14, 3, 48}, {16, 1, 12}, {16, 1, 16},
          {16, 1, 21}, {16, 2, 18}, {16, 2, 22}, {16, 2, 34}, {16, 3, 31}, {16, 3, 35},
          {16, 3, 47}
        }) {
      for (int ps : new int[] {0, 2, 5, 6}) {
        shapes.add(new Stage2Shape(shape[0], shape[1], shape[2], ps, false));
      }
    }
    for (int[] shape :
        new int[][] {
          {12, -1, 12},
          {12, -1, 15},
          {12, 0, 12},
          {12, 0, 16},
          {12, 1, 21},
          {12, 2, 30},
          {14, 0, 12},
          {14, 0, 16},
          {14, 1, 13},
          {14, 1, 17},
          {14, 2, 24}
        }) {
      for (int ps : new int[] {5, 6}) {
        shapes.add(new Stage2Shape(shape[0], shape[1], shape[2], ps, true));
      }
    }
    Map<Long, Integer> outcomes = new HashMap<>();
    for (Stage2Shape shape : shapes) {
      for (int round = 0; round < (shape.startLevel() < 0 ? 24 : 4); round++) {
        compare(shape, outcomes);
      }
    }
    assertTrue(outcomes.get(0L) > 1000, outcomes::toString);
    for (int dfsc : new int[] {0x01, 0x05, 0x06, 0x07, 0x09, 0x0a, 0x0b, 0x0d, 0x0e, 0x0f}) {
      assertTrue(outcomes.getOrDefault(SlowStage2.fault(dfsc), 0) > 10, outcomes::toString);
    }
    for (int dfsc : new int[] {0x13, 0x14, 0x15, 0x16, 0x17, 0x29, 0x2b, 0x03, 0x02, 0x00}) {
      assertTrue(outcomes.getOrDefault(SlowStage2.fault(dfsc), 0) > 0, outcomes::toString);
    }
  }

  private void compare(Stage2Shape shape, Map<Long, Integer> outcomes) {
    reset();
    boolean high = shape.wide() && shape.outputBits() == 52 && random.nextBoolean();
    Stage2Tables tables = new Stage2Tables(ram, shape, high ? this::allocateHigh : this::allocate);
    long[] centres = new long[3];
    for (int i = 0; i < centres.length; i++) {
      centres[i] = random.nextLong() & (1L << shape.inputBits()) - 1;
    }
    for (int i = 0; i < 80; i++) {
      plant(tables, near(shape, centres));
    }
    long root = tables.root;
    if (random.nextInt(12) == 0) {
      root = 0;
    } else if (shape.outputBits() < (shape.wideBase() ? 52 : 48) && random.nextInt(4) == 0) {
      root |= 1L << shape.outputBits();
    }
    long vttbr = shape.vttbr(root);
    if (!shape.wideBase()) {
      vttbr |= random.nextInt(1 << 6) & (shape.rootEntries() * 8 - 1);
    }
    stage2.enableHostStage2(vttbr, tables.vtcr());
    SlowStage2 slow = new SlowStage2(bus);
    for (int i = 0; i < 150; i++) {
      long ipa = near(shape, centres);
      if (random.nextInt(40) == 0) {
        ipa |= 1L << shape.inputBits() + random.nextInt(64 - shape.inputBits());
      }
      boolean write = random.nextBoolean();
      long expected = slow.walk(shape, root, ipa, write);
      String where = shape + " at 0x" + Long.toHexString(ipa);
      assertEquals(expected, translate(ipa, write), where);
      assertEquals(expected, translate(ipa, write), where + " again, from the TLB");
      outcomes.merge(Math.min(expected, 0), 1, Integer::sum);
    }
  }

  /** An IPA that shares some of its upper bits with one of the centres. */
  private long near(Stage2Shape shape, long[] centres) {
    long ipa = centres[random.nextInt(centres.length)];
    int changed = random.nextInt(4) == 0 ? shape.inputBits() : shape.pageBits() + 2;
    ipa ^= 1L << random.nextInt(changed);
    return ipa ^ random.nextLong(1L << Math.min(changed, shape.pageBits() + 1));
  }

  /** Extends the tables on the way to {@code ipa} by one random descriptor, or down to a leaf. */
  private void plant(Stage2Tables tables, long ipa) {
    Stage2Shape shape = tables.shape;
    long table = tables.root;
    for (int level = shape.startLevel(); level <= 3; level++) {
      long slot = table + tables.index(ipa, level) * 8;
      if (!ram.contains(slot) || ram.read64(slot) != 0) {
        return;
      }
      int choice = random.nextInt(24);
      if (choice == 0) {
        ram.write64(slot, random.nextLong() & ~1L);
        return;
      }
      if (choice == 1 || (choice < 6 && shape.blockAllowed(level)) || level == 3) {
        boolean reserved = level == 3 && choice == 1;
        long type = level == 3 && !reserved ? 0b11 : 0b01;
        ram.write64(slot, leaf(shape, level) | type);
        return;
      }
      long next =
          switch (choice) {
            case 6 -> HOLE << 16;
            case 7 -> beyond(shape);
            default -> tables.newTable();
          };
      ram.write64(slot, shape.encode(next) | 0b11);
      if (choice == 6 || choice == 7) {
        return;
      }
      table = next;
    }
  }

  private long beyond(Stage2Shape shape) {
    int most = shape.wide() ? 52 : 48;
    return shape.outputBits() == most
        ? HOLE << 16
        : 1L << shape.outputBits() + random.nextInt(most - shape.outputBits());
  }

  private long leaf(Stage2Shape shape, int level) {
    int outputBits = random.nextInt(10) == 0 ? shape.wide() ? 52 : 48 : shape.outputBits();
    long output = random.nextLong() & (1L << outputBits) - 1 & -(1L << shape.levelBits(level));
    long attributes =
        switch (random.nextInt(8)) {
          case 0 -> Stage2Tables.NO_ACCESS_FLAG;
          case 1 -> Stage2Tables.READ_ONLY;
          case 2 -> Stage2Tables.WRITE_ONLY;
          case 3 -> Stage2Tables.READ_ONLY & Stage2Tables.WRITE_ONLY;
          default -> Stage2Tables.READ_WRITE;
        };
    long ignored = random.nextLong() & 0xfff0_0000_0000_0000L;
    return shape.encode(output) | attributes | ignored;
  }

  @Test
  void keepsAStaleTranslationUntilAnInvalidationReachesIt() {
    Stage2Tables tables = common();
    tables.map(0x5000, 0x9000);
    assertEquals(0x9010, translate(0x5010, true));

    tables.unmap(0x5000);
    assertEquals(0x9010, translate(0x5010, true));
    stage2.invalidateHostStage2(0x4000, PAGE);
    stage2.invalidateHostStage2(0x6000, PAGE);
    assertEquals(0x9010, translate(0x5010, true));
    stage2.invalidateHostStage2(0x5000, PAGE);
    assertEquals(SlowStage2.fault(0x07), translate(0x5010, true));
  }

  @Test
  void doesNotRememberFaults() {
    Stage2Tables tables = common();
    assertEquals(SlowStage2.fault(0x05), translate(0x5000, true));
    tables.map(0x5000, 0x9000, 3, Stage2Tables.NO_ACCESS_FLAG);
    assertEquals(SlowStage2.fault(0x0b), translate(0x5000, true));
    tables.map(0x5000, 0x9000);
    assertEquals(0x9000, translate(0x5000, true));
  }

  @Test
  void reportsAPermissionFaultOfACachedBlockAtTheBlocksLevel() {
    Stage2Tables tables = common();
    tables.map(0x4000_0000L, 0x8000_0000L, 1, Stage2Tables.READ_ONLY);
    tables.map(0x20_0000L, 0x40_0000L, 2, Stage2Tables.READ_ONLY);
    assertEquals(0x8000_1234L, translate(0x4000_1234L, false));
    assertEquals(SlowStage2.fault(0x0d), translate(0x4000_1234L, true));
    assertEquals(0x40_0008L, translate(0x20_0008L, false));
    assertEquals(SlowStage2.fault(0x0e), translate(0x20_0008L, true));
  }

  /** Which of three pages an invalidation of {@code [from, from+bytes)} drops. */
  private String dropped(long from, long bytes) {
    Stage2Tables tables = common();
    for (int i = 0; i < 3; i++) {
      tables.map(0x5000 + i * PAGE, 0x9000 + i * PAGE);
      translate(0x5000 + i * PAGE, false);
      tables.unmap(0x5000 + i * PAGE);
    }
    stage2.invalidateHostStage2(from, bytes);
    StringBuilder dropped = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      dropped.append(translate(0x5000 + i * PAGE, false) < 0 ? '1' : '0');
    }
    return dropped.toString();
  }

  @Test
  void invalidatesEveryPageThatTheRangeTouchesAndNoOther() {
    assertEquals("010", dropped(0x6000, PAGE));
    assertEquals("010", dropped(0x6fff, 1));
    assertEquals("110", dropped(0x5fff, 2));
    assertEquals("011", dropped(0x6fff, 2));
    assertEquals("111", dropped(0x5000, 3 * PAGE));
    assertEquals("111", dropped(0, 1L << 39));
    assertEquals("000", dropped(0, 0x5000));
    assertEquals("000", dropped(0x8000, 1L << 40));
    assertEquals("100", dropped(0, 0x5001));
    assertEquals("001", dropped(0x7fff, 1L << 40));
  }

  /** A TLB entry, and so an invalidation, is for a page of the tables' granule. */
  @Test
  void remembersAndForgetsWholePagesOfTheGranule() {
    for (int pageBits : new int[] {12, 14, 16}) {
      reset();
      long page = 1L << pageBits;
      Stage2Shape shape = new Stage2Shape(pageBits, pageBits == 12 ? 0 : 1, 16, 5, false);
      Stage2Tables tables = new Stage2Tables(ram, shape, this::allocate);
      stage2.enableHostStage2(tables.vttbr(), tables.vtcr());
      tables.map(0, 0x10_0000_0000L);
      tables.map(page, 0x20_0000_0000L);
      assertEquals(0x10_0000_0000L + page - 8, translate(page - 8, false));
      assertEquals(0x20_0000_0000L, translate(page, false));
      tables.map(0, 0x30_0000_0000L);
      tables.map(page, 0x40_0000_0000L);
      assertEquals(0x10_0000_0000L, translate(0, false), "all of the page is remembered");
      stage2.invalidateHostStage2(page - 1, 1);
      assertEquals(0x30_0000_0000L, translate(0, false), "all of the page is forgotten");
      assertEquals(0x20_0000_0008L, translate(page + 8, false), "and no other");
    }
  }

  @Test
  void enablingForgetsAll() {
    Stage2Tables old = common();
    for (int i = 0; i < SLOTS; i++) {
      old.map(i * PAGE, 0x100_0000 + i * PAGE);
      translate(i * PAGE, false);
    }
    Stage2Tables young = new Stage2Tables(ram, Stage2Shape.COMMON, this::allocate);
    young.map(0, 0x200_0000L);
    stage2.enableHostStage2(young.vttbr(), young.vtcr());
    assertEquals(0x200_0000L, translate(0, false));
    for (int i = 1; i < SLOTS; i++) {
      assertEquals(SlowStage2.fault(0x07), translate(i * PAGE, false));
    }
  }

  /** Random remaps, accesses and invalidations of pages that do not compete for a place. */
  @Test
  void remembersExactlyWhatWasUsedSinceItsLastInvalidation() {
    Stage2Tables tables = common();
    tables.slot(0, 3);
    Map<Integer, Long> remembered = new HashMap<>();
    long[] mapped = new long[SLOTS];
    int stale = 0;
    for (int step = 0; step < 20_000; step++) {
      int page = random.nextInt(SLOTS);
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3 -> {
          boolean writable = random.nextInt(3) != 0;
          long pa = (1 + random.nextLong(1 << 20)) * PAGE;
          if (random.nextInt(4) == 0) {
            tables.unmap(page * PAGE);
            mapped[page] = 0;
          } else {
            long attributes = writable ? Stage2Tables.READ_WRITE : Stage2Tables.READ_ONLY;
            tables.map(page * PAGE, pa, 3, attributes);
            mapped[page] = pa | (writable ? 1 : 0);
          }
        }
        case 4 -> {
          int count = 1 + random.nextInt(8);
          stage2.invalidateHostStage2(page * PAGE, count * PAGE);
          for (int i = page; i < page + count; i++) {
            remembered.remove(i);
          }
        }
        default -> {
          boolean write = random.nextBoolean();
          boolean cached = remembered.containsKey(page);
          long now = cached ? remembered.get(page) : mapped[page];
          stale += cached && now != mapped[page] ? 1 : 0;
          long expected =
              now == 0
                  ? SlowStage2.fault(0x07)
                  : write && (now & 1) == 0 ? SlowStage2.fault(0x0f) : (now & -PAGE) + 8;
          assertEquals(expected, translate(page * PAGE + 8, write), "step " + step);
          if (now != 0) {
            remembered.put(page, now);
          }
        }
      }
    }
    assertTrue(stale > 1000, stale + " accesses by a stale translation");
  }

  @Test
  void anotherPageTakesTheSamePlace() {
    Stage2Tables tables = common();
    tables.map(0, 0x9000);
    tables.map(SLOTS * PAGE, 0xa000);
    assertEquals(0x9000, translate(0, false));
    tables.unmap(0);
    assertEquals(0xa000, translate(SLOTS * PAGE, false));
    assertEquals(SlowStage2.fault(0x07), translate(0, false));
  }
}
