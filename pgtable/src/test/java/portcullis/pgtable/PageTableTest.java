package portcullis.pgtable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import portcullis.arch.vmsa.Granule;
import portcullis.pgtable.TableFormat.Region;

class PageTableTest {
  private static final long RW =
      Stage2Attributes.NORMAL | Stage2Attributes.READ | Stage2Attributes.WRITE;
  private static final long RO = Stage2Attributes.NORMAL | Stage2Attributes.READ;
  private static final long K4 = 1L << 12;
  private static final long M2 = 1L << 21;
  private static final long G1 = 1L << 30;

  private static int[] leavesByLevel(Bench bench) {
    int[] leaves = new int[4];
    bench.table.visit(
        0,
        bench.inputSize,
        (in, bytes, level, descriptor) -> {
          leaves[level]++;
          return true;
        });
    return leaves;
  }

  private static void assertLeaves(Bench bench, int gigabytes, int megabytes, int pages) {
    int[] leaves = leavesByLevel(bench);
    assertEquals(List.of(gigabytes, megabytes, pages), List.of(leaves[1], leaves[2], leaves[3]));
  }

  @Test
  void usesTheLargestBlocksThatFit() {
    Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
    assertEquals(Result.OK, bench.map(G1 - M2 - K4, G1 - M2 - K4, 2 * G1 + M2 + 2 * K4, RW));
    assertLeaves(bench, 2, 1, 2);
    bench.checkAll();
  }

  @Test
  void usesNoBlockWhereTheOutputIsNotAligned() {
    Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
    assertEquals(Result.OK, bench.map(0, K4, 2 * M2, RW));
    assertLeaves(bench, 0, 0, 1024);
    assertEquals(Result.OK, bench.map(G1, M2, G1, RW));
    assertLeaves(bench, 0, 512, 1024);
  }

  @ParameterizedTest
  @EnumSource(Granule.class)
  void takesExactlyTheTablesItForetells(Granule granule) {
    TableFormat format = TableFormat.stage2(granule, 48, 48);
    long page = granule.bytes();
    long block = format.levelBytes(2);
    long[][] ranges = {
      {0, 0, page},
      {0, 0, block},
      {0, page, block},
      {page, page, 2 * block},
      {block - page, block - page, 2 * page},
      {block - page, 0, 2 * page},
      {0, 0, 2 * format.levelBytes(1)},
      {format.levelBytes(1) - block - page, format.levelBytes(1) - block - page, 3 * block},
    };
    for (long[] range : ranges) {
      if (range[2] > 1L << 40 && range[0] != range[1]) {
        continue;
      }
      Bench bench = new Bench(format, Policy.DEFAULT);
      assertEquals(Result.OK, bench.map(range[0], range[1], range[2], RW));
      assertEquals(
          bench.table.tablesNeeded(range[0], range[1], range[2]),
          bench.memory.outstanding() - format.rootPages());
    }
  }

  @Test
  void splittingTakesNoMoreThanForetold() {
    Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
    bench.map(0, 0, 2 * G1, RW);
    int before = bench.memory.outstanding();
    long in = G1 - M2 - K4;
    long bytes = 2 * M2 + 2 * K4;
    assertEquals(Result.OK, bench.unmap(in, bytes));
    assertEquals(4, bench.memory.outstanding() - before);
    assertEquals(4, bench.table.tablesNeeded(in, bytes));
    assertLeaves(bench, 0, 1024 - 4, 2 * 511);
  }

  @Test
  void refusesToMapOverSomethingElse() {
    Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
    bench.map(0, 0, G1, RW);
    bench.annotate(4 * G1, K4, 7);
    int tables = bench.memory.outstanding();
    assertEquals(Result.OK, bench.map(M2, M2, K4, RW));
    assertEquals(Result.EXISTS, bench.map(M2, M2, K4, RO));
    assertEquals(Result.EXISTS, bench.map(M2, M2 + K4, K4, RW));
    assertEquals(Result.EXISTS, bench.map(G1 - K4, G1 - K4 + M2, 2 * K4, RW));
    assertEquals(Result.EXISTS, bench.map(4 * G1 - K4, 4 * G1 - K4, 3 * K4, RW));
    assertEquals(tables, bench.memory.outstanding());
    bench.checkAll();
  }

  @Test
  void refusesInvalidArguments() {
    Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
    assertEquals(Result.INVALID, bench.table.map(0, 0, 0, RW));
    assertEquals(Result.INVALID, bench.table.map(1, 0, K4, RW));
    assertEquals(Result.INVALID, bench.table.map(0, 1L << 48, K4, RW));
    assertEquals(Result.INVALID, bench.table.map(1L << 40, 0, K4, RW));
    assertEquals(Result.INVALID, bench.table.map(0, 0, K4, RW | 1));
    assertEquals(Result.INVALID, bench.table.map(0, 0, K4, RW | K4));
    assertEquals(Result.INVALID, bench.table.unmap(-K4, 2 * K4));
    assertEquals(Result.INVALID, bench.table.unmap(K4, Long.MIN_VALUE));
    assertEquals(Result.INVALID, bench.table.annotate(0, K4, 0));
    assertEquals(Result.INVALID, bench.table.annotate(0, K4, -1));
    assertEquals(Result.INVALID, bench.table.protect(0, K4, Stage2Attributes.NORMAL));
    assertEquals(Result.INVALID, bench.table.coalesce(1));
    assertEquals(Result.INVALID, bench.table.visit(0, 1, (in, bytes, level, d) -> true));
    assertFalse(bench.table.walk(1L << 40, new Walk()));
    assertFalse(bench.table.walk(-1, new Walk()));
    bench.checkAll();
  }

  @Test
  void annotatesUpToItsLargestValue() {
    Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
    assertEquals(Result.OK, bench.annotate(G1, 2 * G1, TableFormat.MAX_ANNOTATION));
    assertEquals(Result.OK, bench.annotate(G1 + K4, K4, 1));
    assertEquals(2, bench.memory.outstanding() - bench.format.rootPages());
    bench.checkAll();
    assertEquals(Result.OK, bench.annotate(G1 + K4, K4, TableFormat.MAX_ANNOTATION));
    assertEquals(Result.OK, bench.coalesce(G1));
    assertEquals(bench.format.rootPages(), bench.memory.outstanding());
    assertLeaves(bench, 2, 0, 0);
    bench.checkAll();
  }

  @Test
  void coalescesAllTheWayUp() {
    Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
    bench.map(0, 0, G1, RW);
    bench.unmap(M2, K4);
    assertLeaves(bench, 0, 511, 511);
    bench.coalesce(M2);
    assertLeaves(bench, 0, 511, 511);
    bench.map(M2, M2, K4, RW);
    assertEquals(Result.OK, bench.coalesce(M2 + 5 * K4));
    assertLeaves(bench, 1, 0, 0);
    assertEquals(bench.format.rootPages(), bench.memory.outstanding());
    bench.checkAll();
  }

  /** DDI 0487 D8, break-before-make: one break, however many levels merge. */
  @Test
  void mergesSeveralLevelsByOneReplacement() {
    Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
    bench.map(0, 0, G1, RW);
    bench.unmap(M2 - K4, 2 * K4);
    assertEquals(3, bench.memory.outstanding() - bench.format.rootPages());
    bench.map(M2 - K4, M2 - K4, 2 * K4, RW);
    int completed = bench.tlb.completed;
    int invalidations = bench.tlb.invalidations;
    assertEquals(Result.OK, bench.table.coalesce(M2));
    assertEquals(1, bench.tlb.completed - completed);
    assertEquals(1, bench.tlb.invalidations - invalidations);
    assertLeaves(bench, 1, 0, 0);
    assertEquals(bench.format.rootPages(), bench.memory.outstanding());
  }

  @Test
  void looksNoFurtherThanTheNearestDifferenceForWhatCouldMerge() {
    Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
    bench.map(0, 0, G1, RW);
    bench.unmap(100 * K4, 4 * K4);
    bench.map(101 * K4, 101 * K4, K4, RW);
    // Three entries on the way down; one and then the page and its neighbour for the upper table,
    // and again the page and its neighbour for the lower one.
    assertCost(bench, 3 + 3 + 2, 0, table -> table.coalesce(101 * K4));
  }

  @Test
  void aBlockTakesThePlaceOfTablesThatMapNothing() {
    Bench bench =
        new Bench(
            TableFormat.stage2(Granule.SIZE_4K, 40, 48),
            new Policy(BlockSplit.BREAK_BEFORE_MAKE, EmptyTables.KEEP));
    bench.map(0, 0, G1, RW);
    for (long in = M2; in < 2 * M2; in += K4) {
      bench.unmap(in, K4);
    }
    bench.unmap(0, M2);
    bench.unmap(2 * M2, G1 - 2 * M2);
    assertEquals(2, bench.memory.outstanding() - bench.format.rootPages());
    assertEquals(Result.OK, bench.map(0, 0, G1, RW));
    assertLeaves(bench, 1, 0, 0);
    assertEquals(bench.format.rootPages(), bench.memory.outstanding());
  }

  @Test
  void mapsByPagesOnlyWhereTold() {
    Bench bench =
        new Bench(
            TableFormat.stage2(Granule.SIZE_4K, 40, 48),
            new Policy(BlockSplit.BREAK_BEFORE_MAKE, EmptyTables.KEEP, Leaves.PAGES));
    assertEquals(3, bench.table.tablesNeeded(0, 2 * M2));
    assertEquals(Result.OK, bench.map(0, 0, 2 * M2, RW));
    assertLeaves(bench, 0, 0, 1024);
    assertEquals(3, bench.memory.outstanding() - bench.format.rootPages());
    bench.unmap(K4, K4);
    bench.map(K4, K4, K4, RW);
    bench.coalesce(K4);
    assertLeaves(bench, 0, 0, 1024);
  }

  @Test
  void doesNotCoalesceAcrossAnUnalignedOutput() {
    Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
    bench.map(0, K4, M2, RW);
    assertEquals(Result.OK, bench.coalesce(0));
    assertLeaves(bench, 0, 0, 512);
  }

  @Test
  void freesEmptiedTablesOrKeepsThem() {
    for (EmptyTables empty : EmptyTables.values()) {
      Bench bench =
          new Bench(
              TableFormat.stage1(Granule.SIZE_4K, 48, 48, Region.TTB0),
              new Policy(BlockSplit.BREAK_BEFORE_MAKE, empty));
      bench.map(0, G1, K4, Stage1Attributes.AF);
      assertEquals(4, bench.memory.outstanding());
      bench.unmap(0, K4);
      assertEquals(empty == EmptyTables.FREE ? 1 : 4, bench.memory.outstanding());
      bench.map(0, G1, M2, Stage1Attributes.AF);
      assertLeaves(bench, 0, 1, 0);
      assertEquals(3, bench.memory.outstanding());
    }
  }

  @Test
  void findsTheLastEntryOfATableWhereverItIs() {
    for (int first : new int[] {0, 200, 511}) {
      for (int other = 0; other < 512; other++) {
        Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
        bench.map(first * K4, first * K4, K4, RW);
        bench.map(other * K4, other * K4, K4, RW);
        bench.unmap(first * K4, K4);
        bench.checkAll();
      }
    }
  }

  @Test
  void findsTheLastEntryOfATableThatARangeEndsIn() {
    for (int other = 1; other < 512; other++) {
      Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
      bench.map(M2 - K4, M2 - K4, 2 * K4, RW);
      bench.map(M2 + other * K4, M2 + other * K4, K4, RW);
      bench.unmap(M2 - K4, 2 * K4);
      bench.checkAll();
    }
  }

  @Test
  void readsAndWritesNoMoreThanItMust() {
    Bench bench =
        new Bench(
            TableFormat.stage1(Granule.SIZE_4K, 48, 48, Region.TTB0),
            new Policy(BlockSplit.BREAK_BEFORE_MAKE, EmptyTables.KEEP));
    bench.map(0, G1, K4, Stage1Attributes.AF);
    assertCost(bench, 4, 1, b -> b.map(K4, G1 + K4, K4, Stage1Attributes.AF));
    assertCost(bench, 4, 1, b -> b.map(K4, G1 + K4, K4, Stage1Attributes.AF));
    assertCost(bench, 3 + 16, 16, b -> b.map(2 * K4, 0, 16 * K4, Stage1Attributes.AF));
    assertCost(bench, 3 + 16, 16, b -> b.unmap(2 * K4, 16 * K4));
    assertCost(bench, 4, 1, b -> b.unmap(K4, K4));
    assertCost(bench, 4, 0, b -> b.walk(0, new Walk()) ? Result.OK : Result.INVALID);
  }

  private static void assertCost(
      Bench bench, long reads, long stores, Function<PageTable, Result> operation) {
    long readsBefore = bench.memory.reads;
    long storesBefore = bench.memory.stores;
    assertEquals(Result.OK, operation.apply(bench.table));
    assertEquals(reads, bench.memory.reads - readsBefore);
    assertEquals(stores, bench.memory.stores - storesBefore);
  }

  @Test
  void asksForOneInvalidationPerContiguousRegion() {
    Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
    bench.map(0, 0, 4 * G1, RW);
    assertEquals(1, invalidations(bench, () -> bench.unmap(G1, 2 * G1)));
    assertEquals(1, invalidations(bench, () -> bench.unmap(0, K4)));
    assertEquals(0, invalidations(bench, () -> bench.unmap(G1, 2 * G1)));
    assertEquals(0, invalidations(bench, () -> bench.map(G1, G1, G1, RW)));
    bench.unmap(4 * K4, K4);
    assertEquals(2, invalidations(bench, () -> bench.unmap(2 * K4, 8 * K4)));
  }

  private static int invalidations(Bench bench, Runnable operation) {
    int before = bench.tlb.invalidations;
    operation.run();
    return bench.tlb.invalidations - before;
  }

  /** DDI 0487 D8: both blocks are broken, invalidated together, and waited for once. */
  @Test
  void waitsOnceToSplitBothEdges() {
    for (EmptyTables empty : EmptyTables.values()) {
      Bench bench =
          new Bench(
              TableFormat.stage2(Granule.SIZE_4K, 40, 48),
              new Policy(BlockSplit.BREAK_BEFORE_MAKE, empty));
      bench.map(0, 0, 4 * G1, RW);
      int completed = bench.tlb.completed;
      assertEquals(Result.OK, bench.table.unmap(G1 - K4, G1 + 2 * K4));
      assertEquals(1, bench.tlb.completed - completed);
      bench.settle();
      assertLeaves(bench, 1, 2 * 511, 2 * 511);
    }
  }

  @Test
  void countsEachDescriptorItStores() {
    TableFormat format = TableFormat.stage2(Granule.SIZE_4K, 40, 48);
    TableMemory memory = new TableMemory(12, 1L << 40);
    long[] stored = new long[1];
    TableObserver observer =
        new TableObserver() {
          @Override
          public void written(long pa, long bytes) {}

          @Override
          public void stored(long descriptors) {
            stored[0] += descriptors;
          }
        };
    PageTable table =
        PageTable.create(
                format,
                memory,
                memory,
                TlbMaintenance.NONE,
                observer,
                new Policy(BlockSplit.BREAK_BEFORE_MAKE, EmptyTables.KEEP))
            .orElseThrow();
    table.map(0, 0, 2 * G1, RW);
    assertEquals(2, stored[0]);
    table.unmap(K4, K4);
    assertEquals(2 + 1 + 2 * 512 + 1, stored[0], "break, two tables, link");
    table.map(K4, K4, K4, RW);
    assertEquals(1028 + 1, stored[0]);
    table.coalesce(K4);
    assertEquals(1029 + 2, stored[0], "break, block");
    table.map(0, 0, 2 * G1, RW);
    assertEquals(1031, stored[0], "nothing changed");
  }

  @Test
  void waitsOnceToFreeManyTables() {
    Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
    for (long in = 0; in < 2 * G1; in += M2) {
      bench.map(in, in + K4, K4, RW);
    }
    int before = bench.tlb.completed;
    assertEquals(Result.OK, bench.table.unmap(0, 2 * G1));
    assertEquals(1, bench.tlb.completed - before);
    assertEquals(bench.format.rootPages(), bench.memory.outstanding());
  }

  @Test
  void changesNothingWhenPagesRunOut() {
    for (BlockSplit split : BlockSplit.values()) {
      List<Function<Bench, Result>> operations =
          List.of(
              b -> b.map(4 * G1 - M2 - K4, 4 * G1 - M2 - K4, G1 + 2 * M2 + 2 * K4, RW),
              b -> b.map(8 * G1, 8 * G1 + K4, 3 * M2, RW),
              b -> b.unmap(G1 - M2 - K4, 2 * M2 + 2 * K4),
              b -> b.unmap(K4, K4),
              b -> b.unmap(K4, M2),
              b -> b.annotate(10 * G1 - K4, 2 * K4, 9),
              b -> b.annotate(2 * G1 - K4, G1, 9),
              b -> b.protect(M2 - K4, 2 * K4, Stage2Attributes.READ));
      for (Function<Bench, Result> operation : operations) {
        assertEachExhaustionHarmless(split, operation);
      }
    }
  }

  private static void assertEachExhaustionHarmless(
      BlockSplit split, Function<Bench, Result> operation) {
    for (int budget = 0; ; budget++) {
      Bench bench =
          new Bench(
              TableFormat.stage2(Granule.SIZE_4K, 40, 48), new Policy(split, EmptyTables.FREE));
      bench.map(0, 0, 3 * G1, RW);
      int outstanding = bench.memory.outstanding();
      List<Long> before = entries(bench);
      bench.memory.budget = budget;
      Result result = operation.apply(bench);
      bench.checkAll();
      if (result == Result.OK) {
        assertTrue(budget > 0, "nothing had to be allocated");
        assertEquals(0, bench.memory.budget);
        return;
      }
      assertEquals(Result.NO_MEMORY, result);
      assertEquals(outstanding, bench.memory.outstanding());
      assertEquals(before, entries(bench));
    }
  }

  private static List<Long> entries(Bench bench) {
    List<Long> entries = new ArrayList<>();
    bench.table.visit(
        0,
        bench.inputSize,
        (in, bytes, level, descriptor) -> entries.add(in) && entries.add(descriptor));
    return entries;
  }

  @Test
  void putsABlockBackWhenInvalidationTimesOut() {
    Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
    bench.map(0, 0, 2 * G1, RW);
    int outstanding = bench.memory.outstanding();
    List<Long> before = entries(bench);
    bench.tlb.completions = 0;
    assertEquals(Result.TIMEOUT, bench.table.unmap(K4, K4));
    assertEquals(Result.TIMEOUT, bench.table.unmap(G1 - K4, 2 * K4));
    assertEquals(before, entries(bench));
    assertEquals(outstanding, bench.memory.outstanding());
    bench.tlb.completions = Long.MAX_VALUE;
    assertEquals(Result.OK, bench.unmap(G1 - K4, 2 * K4));
    bench.checkAll();
  }

  @Test
  void givesUpTablesWhoseInvalidationTimesOut() {
    Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
    bench.map(0, 0, K4, RW);
    int outstanding = bench.memory.outstanding();
    bench.tlb.completions = 0;
    assertEquals(Result.OK, bench.table.unmap(0, K4));
    assertFalse(bench.tlb.complete());
    assertEquals(outstanding, bench.memory.outstanding());
    assertEquals(bench.format.rootPages(), bench.slow.tablePages(bench.table.root()).size());
  }

  @Test
  void doesNotMergeWhenInvalidationTimesOut() {
    Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
    bench.map(0, 0, M2, RW);
    bench.unmap(0, K4);
    bench.map(0, 0, K4, RW);
    List<Long> before = entries(bench);
    bench.tlb.completions = 0;
    assertEquals(Result.TIMEOUT, bench.table.coalesce(0));
    assertEquals(before, entries(bench));
  }

  @Test
  void tellsTheObserverOfEveryDescriptorBeforeItIsLinked() {
    TableFormat format = TableFormat.stage2(Granule.SIZE_4K, 40, 48);
    TableMemory memory = new TableMemory(12, 1L << 40);
    CleanedMemory cleaned = new CleanedMemory(memory);
    PageTable table =
        PageTable.create(
                format, memory, memory, TlbMaintenance.NONE, cleaned::written, Policy.DEFAULT)
            .orElseThrow();
    cleaned.watch();
    assertEquals(Result.OK, table.map(G1 - K4, G1 - K4, G1 + 2 * K4, RW));
    assertEquals(Result.OK, table.unmap(G1 + K4, K4));
    assertEquals(Result.OK, table.annotate(G1 + 4 * K4, M2, 3));
    assertEquals(Result.OK, table.protect(G1 + 8 * M2, M2, Stage2Attributes.READ));
    assertEquals(Result.OK, table.unmap(0, 4 * G1));
    cleaned.assertAllClean();
  }

  @Test
  void isAViewOfItsRoot() {
    Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
    bench.map(0, 0, G1, RW);
    PageTable other =
        new PageTable(
            bench.format,
            bench.memory,
            bench.memory,
            bench.tlb,
            TableObserver.NONE,
            Policy.DEFAULT,
            bench.table.root());
    Walk walk = new Walk();
    assertTrue(other.walk(M2 + 5, walk));
    assertEquals(M2 + 5, walk.out());
    assertEquals(RW, walk.attributes());
    assertEquals(1, walk.level());
    assertEquals(0, walk.base());
  }

  @Test
  void createsNothingWithoutARoot() {
    TableMemory memory = new TableMemory(12, 0);
    memory.budget = 0;
    assertTrue(
        PageTable.create(
                TableFormat.stage2(Granule.SIZE_4K, 40, 48),
                memory,
                memory,
                TlbMaintenance.NONE,
                TableObserver.NONE,
                Policy.DEFAULT)
            .isEmpty());
  }

  @Test
  void visitorCanStop() {
    Bench bench = Bench.stage2(Granule.SIZE_4K, 40);
    bench.map(0, K4, M2, RW);
    int[] seen = new int[1];
    bench.table.visit(4 * K4, 100 * K4, (in, bytes, level, descriptor) -> ++seen[0] < 10);
    assertEquals(10, seen[0]);
    seen[0] = 0;
    bench.table.visit(4 * K4, 100 * K4, (in, bytes, level, descriptor) -> ++seen[0] > 0);
    assertEquals(100, seen[0]);
  }
}
