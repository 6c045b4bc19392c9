package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.hyp.Status;

/**
 * A host that disables its SMMU and enables it again, with or without power in between: what of its
 * stream table did not change is not shadowed anew, and what it changed while CR0.SMMUEN was 0,
 * when it need tell nobody (IHI 0070 3.21.3, 6.3.9.6), is what hardware finds afterwards. Counted
 * exactly.
 */
class StreamTableReuseTest {
  private static final long BYPASS = Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_BYPASS);
  private static final long ABORT = Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_ABORT);
  private static final long NESTED =
      Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S1) | Ste.S1CONTEXTPTR.inPlace(0x4600_0000);
  private static final long ELSEWHERE = Fixture.RAM + (24L << 20);
  private static final int BITS = 12;
  private static final int PAGES_PER_TABLE = 4;

  /** What a board's second SMMU has its stream table for. */
  private static final long OTHERS = Fixture.RAM + (40L << 20);

  /** Streams in three tables of EL2's, some alone, some side by side. */
  private static final List<Integer> SIDS =
      List.of(0, 1, 2, 5, 64, 255, 0x100, 0x1ff, 0x842, 0x843, 0x880);

  /** How the host describes the table. */
  private enum Shape {
    LINEAR(0, 0),
    SPLIT_6(1, 6),
    SPLIT_8(1, 8),
    SPLIT_10(1, 10);

    final int fmt;
    final int split;

    Shape(int fmt, int split) {
      this.fmt = fmt;
      this.split = split;
    }

    /** Which table of EL2's or of the host's a stream is in. */
    long bytes(int bits) {
      return fmt == 0 ? 64L << bits : 8L << bits - split;
    }
  }

  /** What came of one enable. */
  private record Cost(long stes, long commands, long waits, long tables) {
    static final Cost NOTHING = new Cost(0, 0, 0, 0);
  }

  private final Fixture f = new Fixture();

  private void store(Shape shape, long table, int sid, long... words) {
    long at = table + sid * 64L;
    if (shape.fmt == 1) {
      long leaves = table + (1L << 20);
      long leaf = leaves + ((long) (sid >>> shape.split) << shape.split) * 64;
      f.memory.write64(
          table + (sid >>> shape.split) * 8L,
          leaf | StreamTableDescriptor.SPAN.of(shape.split + 1));
      at = leaves + sid * 64L;
    }
    for (int word = 0; word < Ste.WORDS; word++) {
      f.memory.write64(at + 8L * word, word < words.length ? words[word] : 0);
    }
  }

  private void storeAll(Shape shape, long table) {
    for (int sid : SIDS) {
      store(shape, table, sid, sid % 2 == 0 ? BYPASS : NESTED, Ste.S1DSS.of(sid % 3));
    }
  }

  private void enable(Shape shape, long table, int bits) {
    f.write(Register.STRTAB_BASE, table);
    f.write(
        Register.STRTAB_BASE_CFG,
        StrtabBaseCfg.FMT.of(shape.fmt)
            | StrtabBaseCfg.SPLIT.of(shape.split)
            | StrtabBaseCfg.LOG2SIZE.of(bits));
    f.write(Register.CR0, Cr0.SMMUEN.mask());
    for (int polls = 0; f.read(Register.CR0ACK) != Cr0.SMMUEN.mask(); polls++) {
      assertTrue(polls < 100, "enabled at last");
    }
  }

  private void disable() {
    f.write(Register.CR0, 0);
    assertEquals(0, f.read(Register.CR0ACK));
  }

  /** What EL2 wrote and sent for it, beside what the host sent. */
  private Cost cost(Runnable work) {
    Counters before = f.driver.counters(0);
    work.run();
    Counters after = f.driver.counters(0);
    return new Cost(
        after.shadowStes() - before.shadowStes(),
        after.commandsIssued() - before.commandsIssued(),
        after.waits() - before.waits(),
        (after.tablePages() - before.tablePages()) / PAGES_PER_TABLE);
  }

  private Cost costOfEnabling(Shape shape, long table) {
    return cost(() -> enable(shape, table, BITS));
  }

  private boolean valid(int sid) {
    return Ste.V.isSet(f.hardwareSte(sid)[0]);
  }

  private void assertAllTranslate() {
    for (int sid = 0; sid < 1 << BITS; sid++) {
      assertEquals(SIDS.contains(sid), valid(sid), "stream " + sid);
    }
  }

  private void started(Shape shape) {
    f.boot();
    storeAll(shape, Fixture.TABLE);
    assertEquals(new Cost(SIDS.size(), 2, 1, 3), costOfEnabling(shape, Fixture.TABLE), "at first");
    disable();
  }

  @ParameterizedTest
  @EnumSource
  void unchangedTableCostsNoWriteAndNoCommand(Shape shape) {
    started(shape);
    Set<Long> written = new HashSet<>();
    f.memory.onWrite = written::add;
    assertEquals(Cost.NOTHING, costOfEnabling(shape, Fixture.TABLE));
    assertEquals(Set.of(), written, "nothing in EL2's memory");
    assertAllTranslate();
  }

  @ParameterizedTest
  @EnumSource
  void withoutPowerInBetweenThreeCommandsAndOneWait(Shape shape) {
    started(shape);
    assertEquals(
        new Cost(0, 3, 1, 0),
        cost(
            () -> {
              assertEquals(Status.OK, f.driver.power(Fixture.SMMU0, false));
              assertEquals(Status.OK, f.driver.power(Fixture.SMMU0, true));
              enable(shape, Fixture.TABLE, BITS);
            }));
    assertAllTranslate();
  }

  /** What Linux does when it resumes the device: all registers and three invalidations of all. */
  @Test
  void driversResetCostsWhatTheDriverSends() {
    started(Shape.SPLIT_8);
    long all = Fixture.command(Opcode.CFGI_STE_RANGE);
    Cost cost =
        cost(
            () -> {
              f.enableCommands();
              f.submit(
                  all,
                  31,
                  Fixture.command(Opcode.TLBI_NSNH_ALL),
                  0,
                  Fixture.command(Opcode.SYNC),
                  0);
              f.write(Register.CR0, Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask());
              assertEquals(Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask(), f.read(Register.CR0ACK));
            });
    assertEquals(new Cost(0, 0, 1, 0), cost, "the one wait is for the driver's own commands");
    assertAllTranslate();
  }

  @ParameterizedTest
  @EnumSource
  void whatWasEditedMeanwhileIsWrittenAndForgottenOnce(Shape shape) {
    started(shape);
    store(shape, Fixture.TABLE, 2, ABORT);
    store(shape, Fixture.TABLE, 5, 0);
    store(shape, Fixture.TABLE, 0x101, NESTED);
    f.hardware.onWrite =
        (register, value) -> {
          if (register == Register.CR0 && Cr0.SMMUEN.isSet(value)) {
            assertEquals(
                List.of(Opcode.CFGI_STE_RANGE, Opcode.SYNC),
                f
                    .hardware
                    .consumed
                    .subList(f.hardware.consumed.size() - 2, f.hardware.consumed.size())
                    .stream()
                    .map(FakeSmmu.Consumed::opcode)
                    .toList(),
                "before it translates");
          }
        };
    assertEquals(new Cost(3, 2, 1, 0), costOfEnabling(shape, Fixture.TABLE));
    assertEquals(ABORT, f.hardwareSte(2)[0]);
    assertFalse(valid(5));
    assertEquals(Ste.CONFIG_NESTED, Ste.CONFIG.get(f.hardwareSte(0x101)[0]));
    assertTrue(valid(0) && valid(0x842));
  }

  /** The same streams in another place, or told in another way. */
  @ParameterizedTest
  @EnumSource
  void tableThatMovedOrChangedFormatIsComparedAsWell(Shape shape) {
    started(Shape.SPLIT_8);
    storeAll(shape, ELSEWHERE);
    assertEquals(Cost.NOTHING, costOfEnabling(shape, ELSEWHERE));
    assertAllTranslate();
    assertEquals(Status.OK, f.donate(Fixture.TABLE), "the old one is the host's to give away");
    assertEquals(Status.BUSY, f.donate(ELSEWHERE));
  }

  /** 4 streams of the first table are left of 11 in three. */
  @ParameterizedTest
  @EnumSource
  void tableThatShrankLosesTheRest(Shape shape) {
    started(shape);
    long left = SIDS.stream().filter(sid -> sid < 64).count();
    assertEquals(
        new Cost(SIDS.size() - left, 2, 1, -2), cost(() -> enable(shape, Fixture.TABLE, 6)));
    for (int sid = 0; sid < 1 << BITS; sid++) {
      assertEquals(sid < 64 && SIDS.contains(sid), valid(sid), "stream " + sid);
    }
    disable();
    assertEquals(
        new Cost(SIDS.size() - left, 2, 1, 2), costOfEnabling(shape, Fixture.TABLE), "and back");
    assertAllTranslate();
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void tableThatWasGivenAwayMeanwhileHasNoStreams(boolean off) {
    started(Shape.SPLIT_8);
    power(off, false);
    assertEquals(Status.OK, f.donate(Fixture.TABLE));
    power(off, true);
    Set<Long> read = new HashSet<>();
    f.memory.onRead = read::add;
    assertEquals(
        new Cost(SIDS.size(), 2, 1, -3), costOfEnabling(Shape.SPLIT_8, Fixture.TABLE), "all gone");
    assertTrue(read.stream().allMatch(at -> at >= Fixture.CARVE_OUT), "nothing of a guest's read");
    for (int sid : SIDS) {
      assertEquals(-1, f.hardwareSteAddress(sid));
    }
  }

  /** The array of 256 STEs that two of the streams are in: its page is a guest's now. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void arrayThatWasGivenAwayMeanwhileHasNoStreams(boolean off) {
    started(Shape.SPLIT_8);
    power(off, false);
    for (long page = 0; page < 0x4000; page += 0x1000) {
      assertEquals(Status.OK, f.donate(Fixture.TABLE + (1L << 20) + 0x4000 + page));
    }
    power(off, true);
    assertEquals(new Cost(2, 2, 1, -1), costOfEnabling(Shape.SPLIT_8, Fixture.TABLE));
    assertFalse(valid(0x100) || valid(0x1ff));
    assertTrue(valid(0) && valid(0x842));
  }

  private void power(boolean off, boolean on) {
    if (off) {
      assertEquals(Status.OK, f.driver.power(Fixture.SMMU0, on));
    }
  }

  /** Threat T8. */
  @ParameterizedTest
  @EnumSource
  void eachWordIsReadOnce(Shape shape) {
    started(shape);
    Set<Long> read = new HashSet<>();
    boolean[] twice = {false};
    f.memory.onRead = at -> twice[0] |= at < Fixture.CARVE_OUT && !read.add(at);
    enable(shape, Fixture.TABLE, BITS);
    assertFalse(twice[0]);
    long descriptors = shape.fmt == 1 ? 1L << BITS - shape.split : 0;
    long arrays =
        shape.fmt == 0 ? 1 : SIDS.stream().map(sid -> sid >>> shape.split).distinct().count();
    long stes = shape.fmt == 0 ? 1L << BITS : arrays << shape.split;
    read.removeIf(at -> at >= Fixture.CARVE_OUT);
    assertEquals(descriptors + stes + 7L * SIDS.size(), read.size());
  }

  /** What is pinned is what it is for the table that is in use, and nothing while there is none. */
  @ParameterizedTest
  @EnumSource
  void pinsFollowTheTableInUse(Shape shape) {
    started(shape);
    assertEquals(0, pins());
    for (int round = 0; round < 3; round++) {
      enable(shape, Fixture.TABLE, BITS);
      assertEquals(Math.max(1, shape.bytes(BITS) >>> 12), pins());
      disable();
      assertEquals(0, pins());
    }
  }

  private long pins() {
    long pins = 0;
    for (long pa = Fixture.RAM; pa < Fixture.RAM_END; pa += 0x1000) {
      pins += f.pages.pins(pa);
    }
    return pins;
  }

  /** Hardware whose own tables can only be linear: EL2's is one table, of all streams. */
  @Test
  void linearShadowIsComparedAsWell() {
    Shape shape = Shape.LINEAR;
    f.hardware.set(Register.IDR0, Idr0.ST_LEVEL.with(f.hardware.get(Register.IDR0), 0));
    f.boot();
    storeAll(shape, Fixture.TABLE);
    assertEquals(new Cost(SIDS.size(), 2, 1, 0), costOfEnabling(shape, Fixture.TABLE));
    disable();
    assertEquals(Cost.NOTHING, costOfEnabling(shape, Fixture.TABLE));
    assertAllTranslate();
    disable();
    store(shape, Fixture.TABLE, 2, ABORT);
    store(shape, Fixture.TABLE, 5, 0);
    assertEquals(new Cost(2, 2, 1, 0), costOfEnabling(shape, Fixture.TABLE));
    disable();
    long left = SIDS.stream().filter(sid -> sid < 64 && sid != 5).count();
    assertEquals(
        new Cost(SIDS.size() - 1 - left, 2, 1, 0), cost(() -> enable(shape, Fixture.TABLE, 6)));
    for (int sid = 0; sid < 1 << BITS; sid++) {
      assertEquals(sid < 64 && sid != 5 && SIDS.contains(sid), valid(sid), "stream " + sid);
    }
  }

  /** Between two of the traps that a large table takes: the pass goes on where it stopped. */
  @Test
  void powerMayGoInTheMiddle() {
    f.boot();
    int bits = 16;
    for (int sid = 0; sid < 1 << bits; sid++) {
      f.memory.write64(ELSEWHERE + sid * 64L, ABORT);
    }
    f.write(Register.STRTAB_BASE, ELSEWHERE);
    f.write(Register.STRTAB_BASE_CFG, StrtabBaseCfg.LOG2SIZE.of(bits));
    f.write(Register.CR0, Cr0.SMMUEN.mask());
    assertFalse(Cr0.SMMUEN.isSet(f.hardware.get(Register.CR0)));
    power(true, false);
    assertEquals(Status.BUSY, f.donate(ELSEWHERE), "EL2 goes on reading it");
    power(true, true);
    assertFalse(Cr0.SMMUEN.isSet(f.hardware.get(Register.CR0)));
    Cost cost =
        cost(
            () -> {
              for (int polls = 0; f.read(Register.CR0ACK) == 0; polls++) {
                assertTrue(polls < 10);
              }
            });
    assertTrue(cost.stes() < 1 << bits, cost.toString());
    assertEquals(1 << bits, f.driver.counters(0).shadowStes(), "each STE was written once");
    assertEquals(ABORT, f.hardwareSte(0)[0]);
    assertEquals(ABORT, f.hardwareSte(0xffff)[0]);
  }

  /** All 2^16 streams vanish: by as many looks at 256 STEs, over as many traps as that takes. */
  @Test
  void manyChangesAreSpreadOverTraps() {
    f.boot();
    int bits = 16;
    for (int sid = 0; sid < 1 << bits; sid++) {
      f.memory.write64(ELSEWHERE + sid * 64L, ABORT);
    }
    enable(Shape.LINEAR, ELSEWHERE, bits);
    disable();
    f.memory.zero(ELSEWHERE, 64L << bits);
    int[] words = {0};
    f.memory.onRead = at -> words[0]++;
    f.write(Register.CR0, Cr0.SMMUEN.mask());
    int traps = 0;
    do {
      assertTrue(words[0] <= 2 * Ste.WORDS * StreamShadow.MAX_WORK, words[0] + " words in a trap");
      assertTrue(++traps < 100);
      words[0] = 0;
    } while (f.read(Register.CR0ACK) == 0);
    assertTrue(traps > 4, traps + " traps");
    assertFalse(valid(0) || valid(0xffff));
    assertEquals(-1, f.hardwareSteAddress(0x8000));
  }

  private void writeToSecond(Register register, long value) {
    f.cpu.registers[4] = value;
    long at = Fixture.SMMU1 + register.offset();
    assertTrue(f.driver.dabtHandler(f.cpu.stopAt(true, at, register.bytes(), 4), at));
  }

  private boolean secondTranslates(int sid) {
    long base = f.second.get(Register.STRTAB_BASE) & 0xf_ffff_ffff_ffc0L;
    long descriptor = f.memory.read64(base + (sid >>> 8) * 8L);
    return Cr0.SMMUEN.isSet(f.second.get(Register.CR0))
        && descriptor != 0
        && Ste.V.isSet(
            f.memory.read64(StreamTableDescriptor.L2PTR.inPlace(descriptor) + (sid & 255) * 64L));
  }

  /** Threat T10: what is kept for a disabled SMMU is kept from nobody. */
  @Test
  void memoryKeptForADisabledOneIsThereForTheOthers() {
    started(Shape.SPLIT_8);
    long reserve = f.pages.pool().size() / ShadowStreamTable.KEPT_SHARE;
    while (f.pages.pool().available() - PAGES_PER_TABLE >= reserve) {
      assertTrue(f.pages.pool().allocate(1) >= 0);
    }
    f.memory.write64(OTHERS + 7 * 64L, BYPASS);
    writeToSecond(Register.STRTAB_BASE, OTHERS);
    writeToSecond(Register.STRTAB_BASE_CFG, StrtabBaseCfg.LOG2SIZE.of(4));
    writeToSecond(Register.CR0, Cr0.SMMUEN.mask());
    assertTrue(secondTranslates(7));
    assertEquals(0, f.driver.counters(0).tablePages(), "given up");
    assertEquals(
        new Cost(0, 2, 1, 0),
        cost(() -> enable(Shape.LINEAR, ELSEWHERE, 0)),
        "and forgotten, before anything is translated again");
    for (int sid : SIDS) {
      assertFalse(valid(sid));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void memoryKeptForADisabledOneIsThereForPagesThatChangeHands(boolean enabled) {
    started(Shape.SPLIT_8);
    if (enabled) {
      enable(Shape.SPLIT_8, Fixture.TABLE, BITS);
    }
    while (f.pages.pool().allocate(1) >= 0) {}
    assertEquals(enabled ? Status.NO_MEMORY : Status.OK, f.donate(Fixture.RAM + (12L << 20)));
    assertEquals(enabled ? 3 * PAGES_PER_TABLE : 0, f.driver.counters(0).tablePages());
  }

  @Test
  void memoryOfAnEnabledOneIsNot() {
    started(Shape.SPLIT_8);
    enable(Shape.SPLIT_8, Fixture.TABLE, BITS);
    long reserve = f.pages.pool().size() / ShadowStreamTable.KEPT_SHARE;
    while (f.pages.pool().available() - PAGES_PER_TABLE >= reserve) {
      assertTrue(f.pages.pool().allocate(1) >= 0);
    }
    f.memory.write64(OTHERS + 7 * 64L, BYPASS);
    writeToSecond(Register.STRTAB_BASE, OTHERS);
    writeToSecond(Register.STRTAB_BASE_CFG, StrtabBaseCfg.LOG2SIZE.of(4));
    writeToSecond(Register.CR0, Cr0.SMMUEN.mask());
    assertFalse(secondTranslates(7), "no memory: the stream stays invalid");
    assertAllTranslate();
  }

  /** After any past, hardware finds what it finds on a board without one. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void anyPastEndsInTheSameTable(long seed) {
    Random random = new Random(seed);
    f.boot();
    for (int round = 0; round < 20; round++) {
      Shape shape = Shape.values()[random.nextInt(Shape.values().length)];
      long table = random.nextBoolean() ? Fixture.TABLE : ELSEWHERE;
      int bits = shape.fmt == 1 ? Math.max(shape.split, random.nextInt(BITS + 1)) : BITS;
      if (random.nextInt(3) == 0) {
        f.memory.zero(table, 2L << 20);
      }
      for (int edits = random.nextInt(30); edits > 0; edits--) {
        int sid = SIDS.get(random.nextInt(SIDS.size())) + random.nextInt(3);
        long word0 = List.of(0L, BYPASS, ABORT, NESTED, NESTED | 0x40).get(random.nextInt(5));
        store(shape, table, sid, word0, Ste.S1DSS.of(random.nextInt(3)));
      }
      boolean off = random.nextInt(4) == 0;
      power(off, false);
      power(off, true);
      f.hardware.stalled = random.nextInt(8) == 0;
      if (f.hardware.stalled) {
        f.write(Register.CR0, Cr0.SMMUEN.mask());
        f.hardware.stalled = false;
        disable();
      }
      enable(shape, table, bits);
      Fixture fresh = new Fixture();
      for (long at = 0; at < 2L << 20; at += 8) {
        long word = f.memory.read64(table + at);
        if (word != 0) {
          fresh.memory.write64(table + at, word);
        }
      }
      fresh.boot();
      fresh.write(Register.STRTAB_BASE, f.read(Register.STRTAB_BASE));
      fresh.write(Register.STRTAB_BASE_CFG, f.read(Register.STRTAB_BASE_CFG));
      fresh.write(Register.CR0, Cr0.SMMUEN.mask());
      for (int sid = 0; sid < 1 << BITS; sid++) {
        long[] expected = fresh.hardwareSte(sid);
        long[] found = f.hardwareSte(sid);
        assertEquals(expected[0], found[0], "stream " + sid + ", round " + round);
        if (Ste.V.isSet(expected[0])) {
          assertArrayEquals(expected, found, "stream " + sid + ", round " + round);
        }
      }
      assertEquals(
          fresh.driver.counters(0).tablePages(), f.driver.counters(0).tablePages(), "no more");
      disable();
    }
  }
}
