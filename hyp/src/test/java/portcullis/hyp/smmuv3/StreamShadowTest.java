package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.arch.Field;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.hyp.Status;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.hyp.smmuv3.StePolicy.ConfigRow;
import portcullis.hyp.smmuv3.StePolicy.Outcome;
import portcullis.hyp.smmuv3.StePolicy.Rule;

class StreamShadowTest {
  private static final long V = Ste.V.of(1);
  private static final long LARGE_TABLE = Fixture.RAM + (16L << 20);
  private final Fixture f = new Fixture();

  private static long config(int config) {
    return V | Ste.CONFIG.of(config);
  }

  private Fixture started() {
    return f.boot().enableCommands().enableStreams();
  }

  private void change(int sid, long... words) {
    f.hostSte(sid, words);
    f.submit(Fixture.cfgiSte(sid));
  }

  private static long field(Field field, long[] ste) {
    return field.get(ste[field.word()]);
  }

  private static void assertStage2(long[] ste) {
    assertEquals(1, field(Ste.S2AA64, ste));
    assertEquals(1, field(Ste.S2PTW, ste));
    assertEquals(1, field(Ste.S2R, ste));
    assertEquals(1, field(Ste.S2AFFD, ste));
    assertEquals(0, field(Ste.S2VMID, ste));
    assertEquals(32, field(Ste.S2T0SZ, ste));
    long root = Ste.S2TTB.inPlace(ste[3]);
    assertTrue(root >= Fixture.CARVE_OUT && root < Fixture.RAM_END);
  }

  @Test
  void everyFieldFollowsItsRow() {
    long[] stage2 = new long[Ste.WORDS];
    java.util.Arrays.fill(stage2, 0x5555_5555_5555_5555L);
    for (int config : new int[] {Ste.CONFIG_BYPASS, Ste.CONFIG_S1}) {
      long[] ste = new long[Ste.WORDS];
      java.util.Arrays.fill(ste, -1);
      ste[0] = Ste.CONFIG.with(-1, config);
      assertFalse(StePolicy.DEFAULT.complete(ste, stage2));
      for (StePolicy.Row row : StePolicy.DEFAULT.rows()) {
        long expected =
            switch (row.rule()) {
              case COPY -> row.field().max();
              case COPY_STAGE1 -> config == Ste.CONFIG_S1 ? row.field().max() : 0;
              case ZERO -> 0;
              case FORCE -> row.value();
              case STAGE2 -> field(row.field(), stage2);
              case SPLIT_ATS -> 0; // the host's is no full ATS: see AtsTest
              case CONFIG ->
                  row.field() == Ste.V
                      ? 1
                      : config == Ste.CONFIG_S1 ? Ste.CONFIG_NESTED : Ste.CONFIG_S2;
            };
        assertEquals(expected, field(row.field(), ste), row.name());
      }
      for (int word = 0; word < Ste.WORDS; word++) {
        assertEquals(0, ste[word] & Ste.LAYOUT.reservedMask(word), "reserved bits of word " + word);
      }
    }
  }

  @Test
  void everyConfigFollowsItsRow() {
    for (ConfigRow row : StePolicy.DEFAULT.configs()) {
      long[] ste = new long[Ste.WORDS];
      ste[0] = config(row.config());
      boolean refused = StePolicy.DEFAULT.complete(ste, new long[Ste.WORDS]);
      assertEquals(row.outcome() == Outcome.REFUSE, refused, row.name());
      long expected =
          switch (row.outcome()) {
            case ABORT -> V;
            case STAGE2 -> config(Ste.CONFIG_S2);
            case NESTED -> config(Ste.CONFIG_NESTED);
            case REFUSE -> 0;
            case COPY -> throw new AssertionError("never by default");
          };
      assertEquals(expected, ste[0], row.name());
    }
  }

  @Test
  void bypassBecomesStageTwoAndStageOneNested() {
    started();
    change(8, config(Ste.CONFIG_BYPASS));
    assertEquals(config(Ste.CONFIG_S2), f.hardwareSte(8)[0]);
    assertStage2(f.hardwareSte(8));

    long cd = Ste.S1CONTEXTPTR.inPlace(Fixture.RAM + 0x50_0000);
    change(0x109, config(Ste.CONFIG_S1) | cd, Ste.EATS.of(1) | Ste.S1DSS.of(2));
    assertEquals(config(Ste.CONFIG_NESTED) | cd, f.hardwareSte(0x109)[0]);
    assertEquals(
        Ste.EATS.of(Ste.EATS_SPLIT) | Ste.S1DSS.of(2), f.hardwareSte(0x109)[1], "IHI 0070 5.2");
    assertStage2(f.hardwareSte(0x109));

    change(8, config(Ste.CONFIG_ABORT));
    assertArrayEquals(new long[] {V, 0, 0, 0, 0, 0, 0, 0}, f.hardwareSte(8));
    change(8, config(Ste.CONFIG_S2), 0, -1, -1);
    assertArrayEquals(new long[Ste.WORDS], f.hardwareSte(8));
    change(0x109);
    assertArrayEquals(new long[Ste.WORDS], f.hardwareSte(0x109));
  }

  @Test
  void plantedBugsReachHardware() {
    f.policy =
        SmmuPolicy.DEFAULT
            .with(new ConfigRow(Ste.CONFIG_BYPASS, Outcome.COPY, "planted"))
            .with(new StePolicy.Row(Ste.EATS, Rule.COPY, 0, "planted"));
    started();
    change(8, config(Ste.CONFIG_BYPASS));
    assertEquals(config(Ste.CONFIG_BYPASS), f.hardwareSte(8)[0]);
    change(9, config(Ste.CONFIG_S1), Ste.EATS.of(1));
    assertEquals(1, field(Ste.EATS, f.hardwareSte(9)));
  }

  @Test
  void validIsWrittenLastAndLiveOnesAreInvalidatedFirst() {
    started();
    change(9, config(Ste.CONFIG_BYPASS)); // keeps the table
    change(8, config(Ste.CONFIG_BYPASS));
    long at = f.hardwareSteAddress(8);
    List<String> order = new ArrayList<>();
    f.memory.onWrite =
        address -> {
          if (address >= at && address < at + Ste.BYTES) {
            order.add((address - at) / 8 + (V == (f.memory.read64(at) & V) ? "valid" : "invalid"));
          }
        };
    f.hardware.observer = (smmu, command) -> order.add(command.opcode().name());
    change(8, config(Ste.CONFIG_S1) | 0x5000_0000, Ste.S1DSS.of(2));
    assertEquals(
        List.of(
            "0invalid",
            "CFGI_STE",
            "SYNC",
            "1invalid",
            "2invalid",
            "3invalid",
            "4invalid",
            "5invalid",
            "6invalid",
            "7invalid",
            "0valid",
            "CFGI_STE",
            "SYNC",
            "CFGI_STE"),
        order);

    order.clear();
    change(8);
    assertEquals(List.of("0invalid", "CFGI_STE", "SYNC"), order.subList(0, 3));

    order.clear();
    change(8, config(Ste.CONFIG_BYPASS));
    assertEquals("0valid", order.get(order.lastIndexOf("7invalid") + 1));
    assertFalse(order.contains("0invalid"), "nothing live to invalidate first");
  }

  @Test
  void aChangeOfOneWordIsOneStore() {
    started();
    change(8, config(Ste.CONFIG_S1) | 0x5000_0000);
    long at = f.hardwareSteAddress(8);
    List<Long> stored = new ArrayList<>();
    f.memory.onWrite =
        address -> {
          if (address >= at && address < at + Ste.BYTES) {
            stored.add(address - at);
          }
        };
    change(8, config(Ste.CONFIG_S1) | 0x5100_0000);
    assertEquals(List.of(0L), stored);
    assertEquals(config(Ste.CONFIG_NESTED) | 0x5100_0000, f.hardwareSte(8)[0]);
  }

  @Test
  void withoutAnswerALiveSteIsNotMixed() {
    started();
    change(9, config(Ste.CONFIG_BYPASS));
    change(8, config(Ste.CONFIG_BYPASS));
    long word2 = f.hardwareSte(8)[2];
    f.hardware.stalled = true;
    change(8, config(Ste.CONFIG_S1) | 0x5000_0000, Ste.S1DSS.of(2));
    assertArrayEquals(new long[] {0, 0, word2}, java.util.Arrays.copyOf(f.hardwareSte(8), 3));

    f.hostSte(8, config(Ste.CONFIG_ABORT));
    f.read(Register.CMDQ_CONS);
    assertArrayEquals(
        new long[] {0, 0, word2},
        java.util.Arrays.copyOf(f.hardwareSte(8), 3),
        "hardware may still hold the old first word, and fetch the others");
    f.hardware.stalled = false;
    f.read(Register.CMDQ_CONS);
    assertArrayEquals(new long[] {V, 0, 0, 0, 0, 0, 0, 0}, f.hardwareSte(8));
  }

  /** A linear table of every stream, whose registers are set but not enabled. */
  private void placeLargestTable() {
    f.boot().enableCommands();
    f.write(Register.STRTAB_BASE, LARGE_TABLE);
    f.write(Register.STRTAB_BASE_CFG, StrtabBaseCfg.LOG2SIZE.of(16));
  }

  /** The STEs that EL2 reads meanwhile. */
  private int stesReadBy(Runnable trap) {
    int[] stes = {0};
    f.memory.onRead =
        address ->
            stes[0] +=
                address >= LARGE_TABLE && address < LARGE_TABLE + (64L << 16) && address % 64 == 0
                    ? 1
                    : 0;
    trap.run();
    f.memory.onRead = address -> {};
    return stes[0];
  }

  @Test
  void aLargeTableIsTakenOverInSeveralTrapsAndThenAcknowledged() {
    placeLargestTable();
    f.memory.write64(LARGE_TABLE + 0xffff * 64L, config(Ste.CONFIG_BYPASS));
    long both = Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask();
    int first = stesReadBy(() -> f.write(Register.CR0, both));
    assertTrue(first > 1000 && first <= StreamShadow.MAX_WORK, first + " STEs in one trap");
    assertFalse(Cr0.SMMUEN.isSet(f.hardware.get(Register.CR0)));
    int second = stesReadBy(() -> f.read(Register.CR0ACK));
    assertEquals(1 << 16, first + second, "each once");
    assertEquals(both, f.read(Register.CR0ACK));
    assertTrue(Cr0.SMMUEN.isSet(f.hardware.get(Register.CR0)));
    assertEquals(config(Ste.CONFIG_S2), f.hardwareSte(0xffff)[0]);
  }

  @Test
  void theHostCanThinkBetterOfALargeTable() {
    placeLargestTable();
    f.memory.write64(LARGE_TABLE, config(Ste.CONFIG_BYPASS));
    f.write(Register.CR0, Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask());
    assertEquals(Status.BUSY, f.donate(LARGE_TABLE));
    f.write(Register.CR0, Cr0.CMDQEN.mask());
    assertEquals(Status.OK, f.donate(LARGE_TABLE));

    f.hostSte(0x100, config(Ste.CONFIG_BYPASS));
    f.enableStreams();
    assertEquals(config(Ste.CONFIG_S2), f.hardwareSte(0x100)[0]);
    assertFalse(Ste.V.isSet(f.hardwareSte(0)[0]), "of the table that was given up");
  }

  @Test
  void commandsForAllStreamsCostBoundedTraps() {
    placeLargestTable();
    f.write(Register.CR0, Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask());
    f.read(Register.CR0ACK);
    f.memory.write64(LARGE_TABLE + 0xffff * 64L, config(Ste.CONFIG_BYPASS));
    long all = Fixture.command(Opcode.CFGI_STE_RANGE);
    long range = Cfgi.RANGE.of(Cfgi.RANGE_ALL);
    int read =
        stesReadBy(
            () -> f.submit(all, range, all, range, all, range, Fixture.command(Opcode.SYNC), 0));
    long[] cons = {0};
    int traps = 1;
    while (f.prod != cons[0]) {
      assertTrue(read <= StreamShadow.MAX_WORK, read + " STEs in one trap");
      assertTrue(++traps < 10);
      read = stesReadBy(() -> cons[0] = f.read(Register.CMDQ_CONS));
    }
    assertTrue(traps > 3);
    assertEquals(config(Ste.CONFIG_S2), f.hardwareSte(0xffff)[0]);
    assertEquals(
        3,
        f.hardware.consumed.stream()
                .filter(command -> command.opcode() == Opcode.CFGI_STE_RANGE)
                .count()
            - 1,
        "each is given to hardware once, besides the one of EL2's at boot");
  }

  @Test
  void aPauseIsForgottenWithItsTable() {
    placeLargestTable();
    long both = Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask();
    f.write(Register.CR0, both);
    f.read(Register.CR0ACK);
    long all = Fixture.command(Opcode.CFGI_STE_RANGE);
    f.submit(all, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
    f.write(Register.CR0, Cr0.CMDQEN.mask());
    f.write(Register.CR0, both);
    f.read(Register.CR0ACK);
    f.memory.write64(LARGE_TABLE, config(Ste.CONFIG_BYPASS));
    for (int traps = 0; f.prod != f.read(Register.CMDQ_CONS); traps++) {
      assertTrue(traps < 10);
    }
    assertEquals(config(Ste.CONFIG_S2), f.hardwareSte(0)[0]);
  }

  @Test
  void aChangeThatHardwareIsToldOfCountsForTheWait() {
    started();
    int changed = 1 << 11;
    for (int sid = 0; sid < changed; sid++) {
      f.hostSte(sid, config(Ste.CONFIG_BYPASS));
    }
    int before = f.hardware.consumed.size();
    f.submit(Fixture.command(Opcode.CFGI_STE_RANGE), Cfgi.RANGE.of(10));
    int told = f.hardware.consumed.size() - before;
    assertTrue(told > 1000 && told < 2 * changed, told + " commands in one trap");
    assertEquals(f.prod, f.read(Register.CMDQ_CONS));
    assertEquals(config(Ste.CONFIG_S2), f.hardwareSte(changed - 1)[0]);
  }

  @Test
  void manyStesOfASilentSmmuCostOneTimeout() {
    started();
    for (int sid = 0; sid < 256; sid++) {
      f.hostSte(sid, config(Ste.CONFIG_BYPASS));
    }
    f.hardware.stalled = true;
    long before = f.platform.clock().nanos();
    f.submit(Fixture.command(Opcode.CFGI_STE_RANGE), Cfgi.RANGE.of(7));
    long waited = f.platform.clock().nanos() - before;
    assertTrue(waited < 4 * Patience.TIMEOUT_NANOS, waited + " ns in one trap");
    f.hardware.stalled = false;
    f.read(Register.CMDQ_CONS);
    for (int sid = 0; sid < 256; sid++) {
      assertEquals(config(Ste.CONFIG_S2), f.hardwareSte(sid)[0]);
    }
  }

  @Test
  void tablesOfASilentSmmuAreFreedWhenItAnswers() {
    started();
    long pages = f.driver.counters().tablePages();
    change(8, config(Ste.CONFIG_BYPASS));
    f.hardware.stalled = true;
    change(8, 0);
    assertEquals(-1, f.hardwareSteAddress(8));
    f.write(Register.CR0, Cr0.CMDQEN.mask());
    assertEquals(pages + 4, f.driver.counters().tablePages(), "hardware has not confirmed");
    f.write(Register.CR0, Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask());
    assertFalse(Cr0.SMMUEN.isSet(f.hardware.get(Register.CR0)));
    f.hardware.stalled = false;
    f.read(Register.CR0ACK);
    assertTrue(Cr0.SMMUEN.isSet(f.hardware.get(Register.CR0)));
    assertEquals(pages, f.driver.counters().tablePages());
  }

  @Test
  void withoutConfigurationInvalidationHardwareIsNotToldOfAChange() {
    f.policy =
        SmmuPolicy.DEFAULT.with(
            new ProtectionPolicy.Row(Measure.INVALIDATE_CONFIGURATION, false, "planted"));
    started();
    int before = f.hardware.consumed.size();
    change(8, config(Ste.CONFIG_BYPASS));
    assertEquals(
        List.of(Opcode.CFGI_STE),
        f.hardware.consumed.subList(before, f.hardware.consumed.size()).stream()
            .map(FakeSmmu.Consumed::opcode)
            .toList(),
        "only what the host asked for");
  }

  @Test
  void anUnpinnedTableCanBeDonatedWhileItIsInUse() {
    f.policy =
        SmmuPolicy.DEFAULT.with(
            new ProtectionPolicy.Row(Measure.PIN_STREAM_TABLE, false, "planted"));
    started();
    assertEquals(Status.OK, f.donate(Fixture.TABLE));
  }

  @Test
  void rangesAndAllAreShadowed() {
    started();
    for (int sid : new int[] {0x100, 0x107, 0x108, 0x3ff}) {
      f.hostSte(sid, config(Ste.CONFIG_BYPASS));
    }
    f.submit(Fixture.command(Opcode.CFGI_STE_RANGE) | 0x105L << 32, Cfgi.RANGE.of(2));
    assertTrue(Ste.V.isSet(f.hardwareSte(0x100)[0]) && Ste.V.isSet(f.hardwareSte(0x107)[0]));
    assertFalse(Ste.V.isSet(f.hardwareSte(0x108)[0]), "outside the aligned range");
    f.submit(Fixture.command(Opcode.CFGI_STE_RANGE), Cfgi.RANGE.of(Cfgi.RANGE_ALL));
    assertTrue(Ste.V.isSet(f.hardwareSte(0x108)[0]) && Ste.V.isSet(f.hardwareSte(0x3ff)[0]));

    f.memory.write64(Fixture.TABLE + 8, 0);
    f.submit(Fixture.command(Opcode.CFGI_STE_RANGE), Cfgi.RANGE.of(Cfgi.RANGE_ALL));
    assertFalse(Ste.V.isSet(f.hardwareSte(0x100)[0]), "its first level went away");
    assertTrue(Ste.V.isSet(f.hardwareSte(0x3ff)[0]));
  }

  @Test
  void everyHostFormatIsRead() {
    int[] splits = {0, 6, 8, 10, 3};
    for (int split : splits) {
      Fixture fixture = new Fixture();
      fixture.boot().enableCommands();
      int bits = split == 0 ? 12 : 16;
      int sid = 0x6c3;
      int effective = split == 3 ? 6 : split;
      if (split == 0) {
        fixture.memory.write64(Fixture.TABLE + sid * 64L, config(Ste.CONFIG_BYPASS));
      } else {
        fixture.memory.write64(
            Fixture.TABLE + (sid >>> effective) * 8L,
            Fixture.LEAVES | StreamTableDescriptor.SPAN.of(effective + 1));
        fixture.memory.write64(
            Fixture.LEAVES + (sid & ((1 << effective) - 1)) * 64L, config(Ste.CONFIG_BYPASS));
      }
      fixture.write(Register.STRTAB_BASE, Fixture.TABLE);
      fixture.write(
          Register.STRTAB_BASE_CFG,
          StrtabBaseCfg.FMT.of(split == 0 ? 0 : 1)
              | StrtabBaseCfg.SPLIT.of(split)
              | StrtabBaseCfg.LOG2SIZE.of(bits));
      fixture.write(Register.CR0, fixture.read(Register.CR0) | Cr0.SMMUEN.mask());
      assertEquals(config(Ste.CONFIG_S2), fixture.hardwareSte(sid)[0], "split " + split);
      assertFalse(Ste.V.isSet(fixture.hardwareSte(sid + 1)[0]));
    }
  }

  @Test
  void hardwareWithLinearTablesOnlyGetsOne() {
    f.hardware.set(Register.IDR0, Idr0.ST_LEVEL.with(f.hardware.get(Register.IDR0), 0));
    f.boot().enableCommands();
    assertEquals(0, StrtabBaseCfg.FMT.get(f.hardware.get(Register.STRTAB_BASE_CFG)));
    f.memory.write64(Fixture.TABLE + 5 * 64, config(Ste.CONFIG_BYPASS));
    f.write(Register.STRTAB_BASE, Fixture.TABLE);
    f.write(Register.STRTAB_BASE_CFG, StrtabBaseCfg.LOG2SIZE.of(4));
    f.write(Register.CR0, f.read(Register.CR0) | Cr0.SMMUEN.mask());
    assertEquals(config(Ste.CONFIG_S2), f.hardwareSte(5)[0]);
  }

  @Test
  void aShortSpanEndsTheArray() {
    started();
    f.hostSte(0x200, config(Ste.CONFIG_BYPASS));
    f.hostSte(0x210, config(Ste.CONFIG_BYPASS));
    long leaf = Fixture.LEAVES + 2 * 0x4000L;
    for (int span : new int[] {0, 3, 31}) {
      f.memory.write64(Fixture.TABLE + 16, leaf | StreamTableDescriptor.SPAN.of(span));
      f.submit(Fixture.cfgiSte(0x200));
      f.submit(Fixture.cfgiSte(0x210));
      boolean[] valid = {
        Ste.V.isSet(f.hardwareSte(0x200)[0]), Ste.V.isSet(f.hardwareSte(0x210)[0])
      };
      assertArrayEquals(new boolean[] {span == 3, false}, valid, "span " + span);
    }
  }

  @Test
  void nothingIsReadThatTheHostDoesNotOwn() {
    started();
    f.memory.write64(Fixture.TABLE, Fixture.CARVE_OUT | StreamTableDescriptor.SPAN.of(9));
    f.memory.write64(Fixture.TABLE + 8, 0xf_ffff_f000_0000L | StreamTableDescriptor.SPAN.of(9));
    List<Long> reads = new ArrayList<>();
    f.memory.onRead =
        address -> {
          if (address >= Fixture.CARVE_OUT && address < Fixture.CARVE_OUT + 0x1000) {
            reads.add(address);
          }
        };
    f.submit(Fixture.cfgiSte(1));
    f.submit(Fixture.cfgiSte(0x101));
    assertEquals(List.of(), reads);
    assertFalse(Ste.V.isSet(f.hardwareSte(1)[0]));
  }

  @Test
  void theFirstLevelIsPinnedWhileEnabled() {
    started();
    assertEquals(Status.BUSY, f.donate(Fixture.TABLE));
    f.write(Register.CR0, Cr0.CMDQEN.mask());
    assertEquals(Status.OK, f.donate(Fixture.TABLE));
  }

  /** IHI 0070 6.3.25: LOG2SIZE counts up to SIDSIZE. */
  @Test
  void aTableCannotBeLargerThanThereAreStreams() {
    f.boot().enableCommands();
    f.write(Register.STRTAB_BASE, Fixture.TABLE);
    f.write(
        Register.STRTAB_BASE_CFG,
        StrtabBaseCfg.FMT.of(1) | StrtabBaseCfg.SPLIT.of(8) | StrtabBaseCfg.LOG2SIZE.of(63));
    f.hostSte(0xffff, config(Ste.CONFIG_BYPASS));
    f.write(Register.CR0, f.read(Register.CR0) | Cr0.SMMUEN.mask());
    assertTrue(Cr0.SMMUEN.isSet(f.read(Register.CR0ACK)));
    assertEquals(config(Ste.CONFIG_S2), f.hardwareSte(0xffff)[0]);
    assertEquals(Status.BUSY, f.donate(Fixture.TABLE));
    assertEquals(Status.OK, f.donate(Fixture.TABLE + 0x1000), "2^8 descriptors are half a page");
  }

  @Test
  void aForeignTableLeavesEveryStreamInvalid() {
    f.boot().enableCommands();
    f.write(Register.STRTAB_BASE, Fixture.CARVE_OUT);
    f.write(Register.STRTAB_BASE_CFG, StrtabBaseCfg.LOG2SIZE.of(8));
    f.write(Register.CR0, f.read(Register.CR0) | Cr0.SMMUEN.mask());
    assertTrue(Cr0.SMMUEN.isSet(f.hardware.get(Register.CR0)), "translating, to nothing");
    for (int sid = 0; sid < 256; sid++) {
      assertFalse(Ste.V.isSet(f.hardwareSte(sid)[0]));
    }
  }

  @Test
  void enablingWritesWhatDiffersAndForgetsIt() {
    started();
    long pages = f.driver.counters().tablePages();
    change(8, config(Ste.CONFIG_BYPASS));
    assertEquals(pages + 4, f.driver.counters().tablePages());
    f.write(Register.CR0, Cr0.CMDQEN.mask());
    assertFalse(Cr0.SMMUEN.isSet(f.hardware.get(Register.CR0)));
    assertFalse(f.hardware.bypasses());
    assertEquals(pages + 4, f.driver.counters().tablePages(), "for the next time");

    f.hostSte(0x1ff, config(Ste.CONFIG_S1));
    long written = f.driver.counters().shadowStes();
    f.write(Register.CR0, Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask());
    assertEquals(config(Ste.CONFIG_S2), f.hardwareSte(8)[0]);
    assertEquals(config(Ste.CONFIG_NESTED), f.hardwareSte(0x1ff)[0]);
    assertEquals(1, f.driver.counters().shadowStes() - written);
    assertEquals(
        List.of(Opcode.CFGI_STE_RANGE, Opcode.SYNC),
        f
            .hardware
            .consumed
            .subList(f.hardware.consumed.size() - 2, f.hardware.consumed.size())
            .stream()
            .map(FakeSmmu.Consumed::opcode)
            .toList());
  }

  @Test
  void anExhaustedPoolLeavesTheStreamInvalid() {
    started();
    while (f.pages.pool().allocate(1) >= 0) {}
    change(8, config(Ste.CONFIG_BYPASS));
    assertEquals(-1, f.hardwareSteAddress(8));
  }

  @Test
  void forcedStallsAreTheOnlyOnes() {
    started();
    change(8, config(Ste.CONFIG_BYPASS));
    assertEquals(0, field(Ste.S2S, f.hardwareSte(8)));
    Fixture forced = new Fixture();
    forced.hardware.set(
        Register.IDR0, Idr0.STALL_MODEL.with(forced.hardware.get(Register.IDR0), 2));
    forced.boot().enableCommands().enableStreams();
    forced.hostSte(8, config(Ste.CONFIG_BYPASS));
    forced.submit(Fixture.cfgiSte(8));
    assertEquals(1, field(Ste.S2S, forced.hardwareSte(8)));
  }
}
