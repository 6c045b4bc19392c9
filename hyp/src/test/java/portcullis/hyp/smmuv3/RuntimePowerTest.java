package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.hyp.Status;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;

/** An SMMU loses its power and gets it back (IHI 0070 3.19, 3.11), counted exactly. */
class RuntimePowerTest {
  private static final long BYPASS = Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_BYPASS);
  private static final long PAGE = Fixture.RAM + 0x70_0000;
  private static final List<Register> RESTORED =
      List.of(
          Register.CR0,
          Register.CR1,
          Register.CR2,
          Register.GBPA,
          Register.IRQ_CTRL,
          Register.STRTAB_BASE,
          Register.STRTAB_BASE_CFG,
          Register.CMDQ_BASE,
          Register.EVENTQ_BASE,
          Register.EVENTQ_PROD,
          Register.EVENTQ_CONS,
          Register.GERROR_IRQ_CFG0,
          Register.EVENTQ_IRQ_CFG0);

  private final Fixture f = new Fixture();

  /** The host runs everything that it can. */
  private void run() {
    f.boot().enableCommands();
    f.write(Register.CR2, Cr2.RECINVSID.mask());
    for (int sid = 0; sid < 5; sid++) {
      f.hostSte(sid, BYPASS);
    }
    f.enableStreams();
    f.write(Register.EVENTQ_BASE, Fixture.EVENTS | 4);
    f.write(Register.EVENTQ_PROD, 3);
    f.write(Register.EVENTQ_CONS, 1);
    f.write(Register.CR0, f.read(Register.CR0) | Cr0.EVENTQEN.mask());
    f.write(Register.IRQ_CTRL, IrqCtrl.EVENTQ_IRQEN.mask());
  }

  private Status power(boolean on) {
    return f.driver.power(Fixture.SMMU0, on);
  }

  private List<Long> registers() {
    return RESTORED.stream().map(f.hardware::get).toList();
  }

  private List<Long> hostsView() {
    return RESTORED.stream().map(f::read).toList();
  }

  @Test
  void everythingIsAsItWas() {
    run();
    List<Long> before = registers();
    List<Long> seen = hostsView();
    assertEquals(Status.OK, power(false));
    assertFalse(f.hardware.powered);
    assertNotEquals(before, registers());
    assertEquals(Status.OK, power(true));
    assertEquals(before, registers());
    assertEquals(seen, hostsView());
    assertEquals(Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S2), f.hardwareSte(3)[0] & 0xf);
    // The host's queue goes on where it was.
    assertEquals(1, f.submit(Fixture.command(Opcode.TLBI_NH_ALL), 0).size());
  }

  /** Nothing is shadowed anew; three commands and one wait make hardware forget. */
  @Test
  void costIsExact() {
    run();
    Counters before = f.driver.counters(0);
    int consumed = f.hardware.consumed.size();
    power(false);
    assertEquals(consumed, f.hardware.consumed.size());
    power(true);
    Counters after = f.driver.counters(0);
    assertEquals(before.shadowStes(), after.shadowStes());
    assertEquals(3, after.commandsIssued() - before.commandsIssued());
    assertEquals(1, after.waits() - before.waits());
    assertEquals(before.traps(), after.traps());
    assertEquals(
        List.of(Opcode.CFGI_STE_RANGE, Opcode.TLBI_NSNH_ALL, Opcode.SYNC),
        f.hardware.consumed.subList(consumed, f.hardware.consumed.size()).stream()
            .map(FakeSmmu.Consumed::opcode)
            .toList());
  }

  /** Translation is enabled last, with GBPA at ABORT before CR0 is written and nothing cached. */
  @Test
  void comesUpInASafeOrder() {
    run();
    power(false);
    int from = f.hardware.writes.size();
    f.hardware.observer =
        (smmu, command) -> assertFalse(Cr0.SMMUEN.isSet(smmu.get(Register.CR0)), "too early");
    power(true);
    List<String> writes = f.hardware.writes.subList(from, f.hardware.writes.size());
    assertEquals("on", writes.get(0));
    assertTrue(writes.get(1).startsWith("GBPA="), writes::toString);
    long enabled = Cr0.SMMUEN.mask() | Cr0.CMDQEN.mask() | Cr0.EVENTQEN.mask();
    assertEquals(enabled, f.hardware.get(Register.CR0) & enabled);
    assertTrue(writes.getLast().startsWith("CR0="), writes::toString);
  }

  @Test
  void ownershipChangesWithoutCommands() {
    run();
    power(false);
    long second = f.driver.counters(1).commandsIssued();
    long first = f.driver.counters(0).commandsIssued();
    assertEquals(Status.OK, f.donate(PAGE));
    assertEquals(first, f.driver.counters(0).commandsIssued());
    assertTrue(f.driver.counters(1).commandsIssued() > second, "the other one listens");
    power(true);
    assertEquals(3, f.driver.counters(0).commandsIssued() - first);
  }

  @Test
  void whatItUsesStaysPinned() {
    run();
    power(false);
    for (long page : List.of(Fixture.QUEUE, Fixture.TABLE, Fixture.EVENTS)) {
      assertEquals(Status.BUSY, f.donate(page));
    }
  }

  @Test
  void withoutPowerRegistersAbort() {
    run();
    power(false);
    for (boolean write : List.of(false, true)) {
      long at = Fixture.SMMU0 + Register.CR0.offset();
      assertTrue(f.driver.dabtHandler(f.cpu.stopAt(write, at, 4, 3), at));
      assertTrue(f.cpu.aborted);
    }
  }

  @Test
  void repeatedRequestsChangeNothing() {
    run();
    assertEquals(Status.OK, power(true));
    assertEquals(Status.OK, power(false));
    int writes = f.hardware.writes.size();
    assertEquals(Status.OK, power(false));
    assertEquals(writes, f.hardware.writes.size());
    assertEquals(Status.OK, power(true));
  }

  @Test
  void onlyItsOwnAddressNamesIt() {
    run();
    assertEquals(Status.NOT_FOUND, f.driver.power(Fixture.SMMU0 + 0x1000, false));
    assertEquals(Status.NOT_FOUND, f.driver.power(Fixture.RAM, false));
    assertEquals(Status.NOT_FOUND, f.driver.power(-1, false));
    assertTrue(f.hardware.powered);
  }

  /** The second registration vouches for nothing. */
  @Test
  void whereTheBoardDoesNotVouchPowerStays() {
    run();
    assertEquals(Status.DENIED, f.driver.power(Fixture.SMMU1, false));
    assertTrue(f.second.powered);
  }

  @Test
  void oneThatComesUpOpenIsSwitchedOffAgain() {
    run();
    power(false);
    f.hardware.abortsAtReset = false;
    assertEquals(Status.DENIED, power(true));
    assertFalse(f.hardware.powered);
    f.hardware.abortsAtReset = true;
    assertEquals(Status.OK, power(true));
    assertTrue(Gbpa.ABORT.isSet(f.hardware.get(Register.GBPA)));
  }

  @Test
  void oneThatDoesNotComeToRestKeepsItsPower() {
    run();
    f.hardware.deaf = true;
    assertEquals(Status.TIMEOUT, power(false));
    assertTrue(f.hardware.powered);
    int consumed = f.hardware.consumed.size();
    assertEquals(Status.OK, f.donate(PAGE));
    assertTrue(f.hardware.consumed.size() > consumed, "it may still translate, and is told");
    assertEquals(Status.TIMEOUT, power(true));
    f.hardware.deaf = false;
    assertEquals(Status.OK, power(false));
    assertFalse(f.hardware.powered);
    assertEquals(Status.OK, power(true));
    assertTrue(Cr0.SMMUEN.isSet(f.hardware.get(Register.CR0)));
  }

  @Test
  void oneThatDoesNotComeToRestCanBeHadBack() {
    run();
    List<Long> before = registers();
    f.hardware.deaf = true;
    assertEquals(Status.TIMEOUT, power(false));
    f.hardware.deaf = false;
    assertEquals(Status.OK, power(true));
    assertEquals(before, registers());
    assertEquals(Status.OK, f.donate(PAGE));
  }

  @Test
  void oneThatDoesNotAnswerAfterwardsHasNoPower() {
    run();
    power(false);
    f.hardware.stalled = true;
    assertEquals(Status.TIMEOUT, power(true));
    assertFalse(f.hardware.powered);
    f.hardware.stalled = false;
    assertEquals(Status.OK, power(true));
  }

  /** What Linux proposes to do: everything off before, a full reset afterwards. */
  @Test
  void driverMayDisableAndResetItAsWell() {
    run();
    f.write(Register.CR0, 0);
    assertEquals(0, f.read(Register.CR0ACK));
    assertEquals(Status.OK, power(false));
    assertEquals(Status.OK, f.donate(Fixture.EVENTS), "nothing is pinned");
    assertEquals(Status.OK, power(true));
    assertFalse(Cr0.SMMUEN.isSet(f.hardware.get(Register.CR0)));
    f.prod = 0;
    long written = f.driver.counters(0).shadowStes();
    f.enableCommands().enableStreams();
    assertEquals(written, f.driver.counters(0).shadowStes(), "nothing is shadowed anew");
    assertEquals(Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S2), f.hardwareSte(3)[0] & 0xf);
  }

  @Test
  void withoutInvalidationNothingIsForgotten() {
    f.policy =
        SmmuPolicy.DEFAULT.with(
            new ProtectionPolicy.Row(Measure.INVALIDATE_AT_POWER_ON, false, "planted"));
    run();
    int consumed = f.hardware.consumed.size();
    power(false);
    power(true);
    assertEquals(consumed, f.hardware.consumed.size());
  }
}
