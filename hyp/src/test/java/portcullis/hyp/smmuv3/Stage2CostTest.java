package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Tlbi;
import portcullis.hyp.Status;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.hyp.smmuv3.Stage2Policy.Choice;

/** What a page that leaves the host and comes back costs, command by command. */
class Stage2CostTest {
  /** In the middle of a 2 MiB block of the host's. */
  private static final long PAGE = Fixture.RAM + 0x10_3000;

  private static final List<Opcode> ONE_RANGE =
      List.of(Opcode.TLBI_S2_IPA, Opcode.TLBI_NH_ALL, Opcode.SYNC);
  private static final List<Opcode> V6_PAGE =
      List.of(Opcode.TLBI_S2_IPA, Opcode.SYNC, Opcode.TLBI_NH_ALL, Opcode.SYNC);

  private final Fixture f = new Fixture();
  private int guest;

  private void boot(SmmuPolicy policy) {
    f.policy = policy;
    f.boot();
    guest = f.pages.createGuest();
    forget();
  }

  private void forget() {
    f.hardware.consumed.clear();
    f.second.consumed.clear();
  }

  private Status donate(long pa, long count) {
    return f.pages.donate(guest, pa >>> 12, count);
  }

  private Status reclaim(long pa, long count) {
    if (f.pages.guests().isAlive(guest)) {
      f.pages.destroyGuest(guest);
    }
    return f.pages.reclaim(pa >>> 12, count);
  }

  private static List<Opcode> opcodes(FakeSmmu smmu) {
    return smmu.consumed.stream().map(FakeSmmu.Consumed::opcode).toList();
  }

  private long waits() {
    return f.driver.counters(0).waits();
  }

  @Test
  void oneRangeIsOneBatchAndOneWaitEachWay() {
    boot(SmmuPolicy.DEFAULT);
    long tables = f.driver.stage2Tables().pages();
    long waits = waits();
    assertEquals(Status.OK, donate(PAGE, 3));
    assertEquals(ONE_RANGE, opcodes(f.hardware), "the block is broken, and with it the pages");
    assertEquals(ONE_RANGE, opcodes(f.second));
    assertEquals(waits + 1, waits());
    assertEquals(tables + 1, f.driver.stage2Tables().pages());

    forget();
    assertEquals(Status.OK, reclaim(PAGE, 3));
    assertEquals(ONE_RANGE, opcodes(f.hardware), "the table gives way to the block");
    assertEquals(waits + 2, waits());
    assertEquals(tables, f.driver.stage2Tables().pages());
    assertEquals(2, f.driver.commands(1, Opcode.TLBI_S2_IPA), "counted as hardware consumed them");
  }

  @Test
  void aRangeAcrossTwoBlocksIsOneBatchToo() {
    boot(SmmuPolicy.DEFAULT);
    long tables = f.driver.stage2Tables().pages();
    long waits = waits();
    assertEquals(Status.OK, donate(PAGE, 512));
    assertEquals(
        List.of(Opcode.TLBI_S2_IPA, Opcode.TLBI_S2_IPA, Opcode.TLBI_NH_ALL, Opcode.SYNC),
        opcodes(f.hardware));
    assertEquals(waits + 1, waits());
    assertEquals(tables + 2, f.driver.stage2Tables().pages());
    assertEquals(Status.OK, reclaim(PAGE, 512));
    assertEquals(tables, f.driver.stage2Tables().pages());
  }

  /** The order that break-before-make takes (DDI 0487 D8; IHI 0070 IDR3.BBML). */
  @Test
  void aMergeBreaksTheTableFirst() {
    boot(SmmuPolicy.DEFAULT);
    donate(PAGE, 1);
    long block = PAGE & -0x20_0000;
    boolean[] broken = {false};
    f.hardware.observer =
        (smmu, command) -> {
          if (command.opcode() == Opcode.TLBI_S2_IPA) {
            broken[0] = !Stage2Oracle.maps(f, block) && !Stage2Oracle.maps(f, PAGE);
          }
        };
    assertEquals(Status.OK, reclaim(PAGE, 1));
    assertTrue(broken[0], "nothing is mapped there while walkers may hold the table");
    assertTrue(Stage2Oracle.maps(f, PAGE));
  }

  @Test
  void levelTwoBreakBeforeMakeMergesAtOnce() {
    for (FakeSmmu smmu : f.platform.smmus) {
      smmu.set(Register.IDR3, Idr3.BBML.of(2));
    }
    boot(SmmuPolicy.DEFAULT);
    long tables = f.driver.stage2Tables().pages();
    donate(PAGE, 1);
    boolean[] gap = {false};
    long neighbour = PAGE + 0x4000;
    f.memory.onWrite = address -> gap[0] |= !Stage2Oracle.maps(f, neighbour);
    assertEquals(Status.OK, reclaim(PAGE, 1));
    assertFalse(gap[0]);
    assertEquals(tables, f.driver.stage2Tables().pages());
  }

  @Test
  void pagesThatComeBackOneByOneMergeWithTheLast() {
    boot(SmmuPolicy.DEFAULT);
    long tables = f.driver.stage2Tables().pages();
    for (int i = 0; i < 5; i++) {
      donate(PAGE + i * 0x1000L, 1);
    }
    for (int i : new int[] {3, 0, 4, 1, 2}) {
      assertEquals(tables + 1, f.driver.stage2Tables().pages());
      assertEquals(Status.OK, reclaim(PAGE + i * 0x1000L, 1));
    }
    assertEquals(tables, f.driver.stage2Tables().pages());
  }

  @Test
  void aSilentSmmuCostsTheMergeAndNothingElse() {
    boot(SmmuPolicy.DEFAULT);
    long tables = f.driver.stage2Tables().pages();
    donate(PAGE, 1);
    donate(PAGE + 0x40_0000, 1);
    f.second.stalled = true;
    long before = f.platform.clock().nanos();
    assertEquals(Status.OK, reclaim(PAGE, 1), "the page is the host's");
    assertEquals(Status.OK, reclaim(PAGE + 0x40_0000, 1));
    long waited = f.platform.clock().nanos() - before;
    assertTrue(waited < 2 * Patience.TIMEOUT_NANOS, waited + " ns");
    assertEquals(tables + 2, f.driver.stage2Tables().pages(), "the tables stay");
    assertTrue(Stage2Oracle.maps(f, PAGE));
    assertTrue(Stage2Oracle.maps(f, PAGE + 0x2000));

    f.second.stalled = false;
    guest = f.pages.createGuest();
    assertEquals(Status.OK, donate(PAGE, 1));
    assertEquals(Status.OK, reclaim(PAGE, 1));
    assertEquals(tables + 1, f.driver.stage2Tables().pages(), "a later merge works again");
  }

  @Test
  void withoutMergingTheTablesStay() {
    boot(SmmuPolicy.DEFAULT.with(new Stage2Policy.Row(Choice.MERGE_BLOCKS, false, "test")));
    long tables = f.driver.stage2Tables().pages();
    donate(PAGE, 1);
    forget();
    reclaim(PAGE, 1);
    assertEquals(List.of(), opcodes(f.hardware));
    assertEquals(tables + 1, f.driver.stage2Tables().pages());
  }

  @Test
  void v6WaitsForEachCommandOfEachPageOnEachSmmuInTurn() {
    boot(SmmuPolicy.DEFAULT.with(Stage2Policy.V6));
    boolean[] interleaved = {false};
    f.second.observer = (smmu, command) -> interleaved[0] |= f.hardware.consumed.size() != 4;
    long tables = f.driver.stage2Tables().pages();
    long descriptors = f.driver.stage2Tables().descriptors();
    long waits = waits();
    assertEquals(Status.OK, donate(PAGE, 1));
    assertEquals(V6_PAGE, opcodes(f.hardware));
    assertEquals(V6_PAGE, opcodes(f.second));
    assertFalse(interleaved[0], "the second SMMU's turn comes after the first's");
    assertEquals(waits + 2, waits());
    assertEquals(descriptors + 1, f.driver.stage2Tables().descriptors());
    f.second.observer = (smmu, command) -> {};

    forget();
    assertEquals(Status.OK, donate(PAGE + 0x1000, 512));
    assertEquals(512 * 4, f.hardware.consumed.size());
    assertEquals(512 * 4, f.second.consumed.size());

    forget();
    assertEquals(Status.OK, reclaim(PAGE, 513));
    assertEquals(List.of(), opcodes(f.hardware), "no block to merge into");
    assertEquals(tables, f.driver.stage2Tables().pages());
  }

  /** A table that was unlinked is in no walk cache any more (IHI 0070 4.4.1, Leaf). */
  @Test
  void pageByPageForgetsTablesToo() {
    boot(SmmuPolicy.DEFAULT.with(new Stage2Policy.Row(Choice.INVALIDATE_TOGETHER, false, "test")));
    assertEquals(Status.OK, donate(PAGE, 1));
    forget();
    assertEquals(Status.OK, reclaim(PAGE, 1));
    List<FakeSmmu.Consumed> tlbi =
        f.hardware.consumed.stream().filter(c -> c.opcode() == Opcode.TLBI_S2_IPA).toList();
    assertEquals(512, tlbi.size(), "each page of the block that was merged");
    for (FakeSmmu.Consumed command : tlbi) {
      assertEquals(0, Tlbi.LEAF.get(command.word1()));
      assertEquals(0, Tlbi.TG.get(command.word1()), "no range, so no hint of a level");
    }
  }

  @Test
  void v6KeepsThePageWhereAnSmmuIsSilent() {
    boot(SmmuPolicy.DEFAULT.with(Stage2Policy.V6));
    f.second.stalled = true;
    long before = f.platform.clock().nanos();
    assertEquals(Status.TIMEOUT, donate(PAGE, 8));
    long waited = f.platform.clock().nanos() - before;
    assertTrue(waited < 4 * Patience.TIMEOUT_NANOS, waited + " ns in one trap");
    assertTrue(f.pages.hostOwns(PAGE, 0x8000));
    f.second.stalled = false;
    forget();
    assertEquals(Status.OK, donate(PAGE, 8));
    assertTrue(
        opcodes(f.second).contains(Opcode.TLBI_S12_VMALL),
        "after a failure everything is invalidated");
  }

  @Test
  void v6HeedsTheMeasures() {
    boot(
        SmmuPolicy.DEFAULT
            .with(Stage2Policy.V6)
            .with(new ProtectionPolicy.Row(Measure.INVALIDATE_NESTED, false, "planted"))
            .with(new ProtectionPolicy.Row(Measure.WAIT_FOR_SYNC, false, "planted")));
    f.hardware.stalled = true;
    assertEquals(Status.OK, donate(PAGE, 1), "nobody waits");
    f.hardware.stalled = false;
    f.hardware.consume();
    assertEquals(List.of(Opcode.TLBI_S2_IPA, Opcode.SYNC), opcodes(f.hardware));
  }
}
