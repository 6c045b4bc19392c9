package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.hyp.Status;

/**
 * Second-level stream tables that appear, move and disappear (IHI 0070 3.3.1.2, 5.1; threat T10):
 * the shadow has exactly the memory that the streams need which the host has now, and keeps none of
 * the host's.
 */
class SecondLevelTest {
  private static final long BYPASS = Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_BYPASS);
  private static final long SHADOW = Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S2);
  private static final long ELSEWHERE = Fixture.LEAVES + 0x20_0000;
  private static final long TABLE = Fixture.RAM + (16L << 20);
  private static final int PAGES_PER_TABLE = 4;
  private static final int BITS = 16;

  private final Fixture f = new Fixture();
  private long used;
  private int split;

  @BeforeEach
  void boot() {
    f.boot().enableCommands();
    used = f.pages.pool().used();
  }

  private void enable(int fmt, int splitBits, int log2Size) {
    split = splitBits;
    f.write(Register.STRTAB_BASE, TABLE);
    f.write(
        Register.STRTAB_BASE_CFG,
        StrtabBaseCfg.FMT.of(fmt)
            | StrtabBaseCfg.SPLIT.of(splitBits)
            | StrtabBaseCfg.LOG2SIZE.of(log2Size));
    f.write(Register.CR0, Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask());
    assertEquals(Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask(), f.read(Register.CR0ACK));
  }

  private void disable() {
    f.write(Register.CR0, Cr0.CMDQEN.mask());
    assertEquals(Cr0.CMDQEN.mask(), f.read(Register.CR0ACK));
  }

  private void descriptor(long sid, long leaf, int span) {
    f.memory.write64(TABLE + (sid >>> split) * 8, leaf | StreamTableDescriptor.SPAN.of(span));
  }

  private void entry(long leaf, long sid, long word0) {
    f.memory.write64(leaf + (sid & ((1L << split) - 1)) * Ste.BYTES, word0);
  }

  private List<FakeSmmu.Consumed> all() {
    return f.submit(Fixture.command(Opcode.CFGI_STE_RANGE), Cfgi.RANGE.of(Cfgi.RANGE_ALL));
  }

  private List<FakeSmmu.Consumed> range(long sid, int bits) {
    return f.submit(Fixture.command(Opcode.CFGI_STE_RANGE) | sid << 32, Cfgi.RANGE.of(bits - 1));
  }

  private List<FakeSmmu.Consumed> one(long sid, boolean leaf) {
    return f.submit(Fixture.command(Opcode.CFGI_STE) | sid << 32, Cfgi.LEAF.of(leaf ? 1 : 0));
  }

  private void assertTables(int tables) {
    assertEquals(
        used + (long) tables * PAGES_PER_TABLE, f.pages.pool().used(), "pages of the pool");
  }

  private boolean translates(long sid) {
    return f.hardwareSte((int) sid)[0] == SHADOW;
  }

  private long pins() {
    long pins = 0;
    for (long pa = Fixture.RAM; pa < Fixture.RAM_END; pa += 0x1000) {
      pins += f.pages.pins(pa);
    }
    return pins;
  }

  private static long count(List<FakeSmmu.Consumed> commands, Opcode opcode) {
    return commands.stream().filter(command -> command.opcode() == opcode).count();
  }

  /** By each command that may tell of it, for each SPLIT. */
  @ParameterizedTest
  @ValueSource(ints = {6, 8, 10})
  void tablesFollowTheHostsDescriptor(int splitBits) {
    enable(1, splitBits, BITS);
    long firstLevel = Math.max(1, (8L << (BITS - splitBits)) >>> 12);
    long first = 3L << splitBits;
    long last = first + (1L << splitBits) - 1;
    int tables = splitBits == 10 ? 2 : 1;
    List<Runnable> tells =
        List.of(
            this::all,
            () -> range(first, splitBits),
            () -> range(first, splitBits + 2),
            () -> one(first + 1, false));
    for (int tell = 0; tell < tells.size(); tell++) {
      entry(Fixture.LEAVES, first, BYPASS);
      entry(Fixture.LEAVES, last, BYPASS);
      entry(ELSEWHERE, first + 1, BYPASS);
      entry(ELSEWHERE, last, BYPASS);
      assertTables(0);

      descriptor(first, Fixture.LEAVES, splitBits + 1);
      range(first, splitBits);
      assertTrue(translates(first) && translates(last) && !translates(first + 1));
      assertTables(tables);
      assertEquals(
          firstLevel + 1, pins(), "the first level and the command queue, no second level");

      descriptor(first, ELSEWHERE, splitBits + 1);
      range(first, splitBits);
      assertTrue(translates(first + 1) && translates(last) && !translates(first));
      assertTables(tables);
      assertEquals(Status.OK, f.pages.pin(Fixture.LEAVES, 0x1000), "only this");
      f.pages.unpin(Fixture.LEAVES, 0x1000);
      assertEquals(firstLevel + 1, pins());

      descriptor(first, ELSEWHERE, 0);
      int before = f.hardware.consumed.size();
      tells.get(tell).run();
      List<FakeSmmu.Consumed> given =
          f.hardware.consumed.subList(before, f.hardware.consumed.size());
      assertFalse(translates(first + 1) || translates(last), "told in way " + tell);
      assertEquals(-1, f.hardwareSteAddress((int) first));
      assertTables(0);
      assertEquals(tables, count(given, Opcode.SYNC), "one wait for each table that goes");
      assertEquals(2 * tables + 1, given.size(), given.toString());
    }
  }

  @Test
  void aLeafInvalidationIsAboutItsStreamOnly() {
    enable(1, 8, BITS);
    entry(Fixture.LEAVES, 0x301, BYPASS);
    entry(Fixture.LEAVES, 0x302, BYPASS);
    descriptor(0x300, Fixture.LEAVES, 9);
    all();
    assertTables(1);
    descriptor(0x300, 0, 0);
    one(0x301, true);
    assertTrue(!translates(0x301) && translates(0x302), "IHI 0070 4.3.1, Leaf=1");
    assertTables(1);
    one(0x302, true);
    assertFalse(translates(0x302));
    assertTables(0);
  }

  @Test
  void aTableGoesWithItsLastValidSte() {
    enable(1, 8, BITS);
    descriptor(0, Fixture.LEAVES, 9);
    for (int sid = 0; sid < 3; sid++) {
      entry(Fixture.LEAVES, sid, BYPASS);
      one(sid, true);
    }
    for (int sid = 0; sid < 3; sid++) {
      assertTables(1);
      entry(Fixture.LEAVES, sid, 0);
      assertEquals(
          List.of(sid < 2 ? Opcode.CFGI_STE : Opcode.CFGI_STE_RANGE, Opcode.SYNC, Opcode.CFGI_STE),
          one(sid, true).stream().map(FakeSmmu.Consumed::opcode).toList());
    }
    assertTables(0);
  }

  @Test
  void aDonatedTableIsAsOneThatIsNotThere() {
    enable(1, 8, BITS);
    entry(Fixture.LEAVES, 5, BYPASS);
    descriptor(0, Fixture.LEAVES, 9);
    all();
    assertTrue(translates(5));
    assertEquals(Status.OK, f.donate(Fixture.LEAVES));
    long before = f.pages.pool().used();
    all();
    assertFalse(translates(5));
    assertEquals(before - PAGES_PER_TABLE, f.pages.pool().used());
  }

  @Test
  void theSpanSaysWhichStreamsThereAre() {
    enable(1, 8, BITS);
    for (int sid : new int[] {0, 1, 15, 16, 127, 128, 255}) {
      entry(Fixture.LEAVES, sid, BYPASS);
    }
    for (int span : new int[] {9, 5, 1, 8, 0, 2, 10, 9, 31}) {
      descriptor(0, Fixture.LEAVES, span);
      List<FakeSmmu.Consumed> given = all();
      int present = span > 9 ? 0 : span == 0 ? 0 : 1 << (span - 1);
      for (int sid : new int[] {0, 1, 15, 16, 127, 128, 255}) {
        assertEquals(sid < present, translates(sid), "stream " + sid + ", span " + span);
      }
      assertTables(present == 0 ? 0 : 1);
      if (span == 5 || span == 1) {
        assertEquals(1, count(given, Opcode.SYNC), "all that the span left out, with one wait");
      }
    }
  }

  @Test
  void fourTablesOfTheHostShareOne() {
    enable(1, 6, BITS);
    for (int sid = 0; sid < 256; sid += 64) {
      entry(Fixture.LEAVES + sid * 64L, sid, BYPASS);
      descriptor(sid, Fixture.LEAVES + sid * 64L, 7);
    }
    all();
    for (int sid = 0; sid < 256; sid += 64) {
      assertTrue(translates(sid));
      assertTables(1);
      descriptor(sid, 0, 0);
      one(sid + 9, false);
      assertFalse(translates(sid));
      assertEquals(sid < 192, translates(192));
    }
    assertTables(0);
  }

  /** IHI 0070 6.3.24: with CR0.SMMUEN 0 the host may describe another table. */
  @Test
  void anotherFormatSizeOrSplitIsATableOfItsOwn() {
    record Shape(int fmt, int split, int log2Size) {}
    long queue = 1;
    List<Shape> shapes =
        List.of(
            new Shape(1, 8, 16),
            new Shape(1, 6, 16),
            new Shape(0, 0, 9),
            new Shape(1, 10, 16),
            new Shape(1, 10, 8),
            new Shape(0, 0, 16),
            new Shape(1, 8, 9),
            new Shape(0, 0, 0),
            new Shape(1, 6, 3));
    for (Shape from : shapes) {
      for (Shape to : shapes) {
        for (Shape shape : List.of(from, to)) {
          long streams = 1L << shape.log2Size;
          long target = streams - 1;
          split = shape.split;
          if (shape.fmt == 0) {
            f.memory.write64(TABLE + target * Ste.BYTES, BYPASS);
          } else {
            entry(ELSEWHERE, target, BYPASS);
            descriptor(target, ELSEWHERE, shape.split + 1);
          }
          enable(shape.fmt, shape.split, shape.log2Size);
          assertTrue(translates(target), shape.toString());
          assertFalse(translates(target ^ 1), shape.toString());
          assertTables(1);
          long bytes =
              shape.fmt == 0
                  ? 64L << shape.log2Size
                  : 8L << Math.max(0, shape.log2Size - shape.split);
          assertEquals(Math.max(1, bytes >>> 12) + queue, pins(), shape.toString());
          disable();
          assertTables(1);
          assertEquals(queue, pins());
          f.memory.write64(TABLE + target * Ste.BYTES, 0);
          entry(ELSEWHERE, target, 0);
          descriptor(target, 0, 0);
        }
      }
    }
  }

  @Test
  void aTableThatHardwareMayReadStaysUntilItAnswers() {
    enable(1, 8, BITS);
    entry(Fixture.LEAVES, 5, BYPASS);
    descriptor(0, Fixture.LEAVES, 9);
    all();
    descriptor(0, 0, 0);
    f.hardware.stalled = true;
    all();
    assertTables(1);
    assertEquals(-1, f.hardwareSteAddress(5), "but nothing leads there any more");
    f.read(Register.CMDQ_CONS);
    assertTables(1);
    f.hardware.stalled = false;
    f.read(Register.CMDQ_CONS);
    assertTables(0);

    entry(Fixture.LEAVES, 5, BYPASS);
    descriptor(0, Fixture.LEAVES, 9);
    all();
    descriptor(0, 0, 0);
    f.hardware.stalled = true;
    all();
    entry(Fixture.LEAVES, 6, BYPASS);
    descriptor(0, Fixture.LEAVES, 9);
    f.read(Register.CMDQ_CONS);
    assertEquals(-1, f.hardwareSteAddress(5), "not linked again before hardware has forgotten it");
    f.hardware.stalled = false;
    f.read(Register.CMDQ_CONS);
    assertTrue(translates(5) && translates(6));
    assertTables(1);
  }

  @Test
  void aHostThatNamesEveryStreamGetsNoMoreThanItsShare() {
    enable(1, 8, BITS);
    entry(Fixture.LEAVES, 0, BYPASS);
    for (long sid = 0; sid < 1L << BITS; sid += 256) {
      descriptor(sid, Fixture.LEAVES, 9);
    }
    for (int pages : new int[] {1024, 1024, 512}) {
      assertTrue(f.pages.pool().allocate(pages) > 0);
    }
    for (int trap = 0; trap < 8; trap++) {
      all();
    }
    long kept = f.pages.pool().size() / ShadowStreamTable.KEPT_SHARE;
    long left = f.pages.pool().available();
    assertTrue(left >= kept && left < kept + PAGES_PER_TABLE, left + " pages left");
    assertFalse(translates(0xff00), "the last one found no room");
    assertEquals(Status.OK, f.donate(Fixture.RAM), "what pages that change hands need is there");
  }

  @Test
  void aHostThatMovesOneTableRoundNeedsOne() {
    enable(1, 8, BITS);
    entry(Fixture.LEAVES, 0, BYPASS);
    for (long sid = 0; sid < 1L << BITS; sid += 256) {
      descriptor(sid, Fixture.LEAVES, 9);
      if (sid > 0) {
        descriptor(sid - 256, 0, 0);
        range(sid - 256, 8);
      }
      range(sid, 8);
      assertTables(1);
      assertTrue(translates(sid));
    }
    disable();
    assertTables(1);
    assertEquals(1, pins(), "the command queue");
  }
}
