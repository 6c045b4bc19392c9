package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.AtcInv;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.PriqProd;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.hyp.Status;

/**
 * ATS and PRI of the host's, behind stage 2 (IHI 0070 3.9, 5.2 EATS, 8): split-stage ATS, so that a
 * Translated transaction carries an IPA.
 */
class AtsTest {
  private static final long REQUESTS = Fixture.EVENTS + 0x8_0000;
  private static final int SID = 8;
  private Fixture f;

  @BeforeEach
  void fixture() {
    f = new Fixture();
  }

  private void hardware(long set, long clear) {
    f.hardware.set(Register.IDR0, (f.hardware.get(Register.IDR0) | set) & ~clear);
  }

  private long eats(int config, int hosts) {
    f.hostSte(
        SID,
        Ste.V.of(1) | Ste.CONFIG.of(config) | Ste.S1CONTEXTPTR.inPlace(Fixture.LEAVES + 0x2_0000),
        Ste.EATS.of(hosts));
    f.submit(Fixture.cfgiSte(SID));
    return Ste.EATS.get(f.hardwareSte(SID)[Ste.EATS.word()]);
  }

  private boolean shown(portcullis.arch.Field field) {
    return field.isSet(f.read(Register.IDR0));
  }

  @Test
  void isShownWhereItCanBeSplit() {
    f.boot();
    assertTrue(shown(Idr0.ATS) && shown(Idr0.PRI));
    assertFalse(shown(Idr0.NS1ATS));
    f.write(Register.CR0, Cr0.ATSCHK.mask());
    assertEquals(Cr0.ATSCHK.mask(), f.read(Register.CR0ACK));
    f.write(Register.CR0, 0);
    assertEquals(0, f.read(Register.CR0ACK));
    assertTrue(Cr0.ATSCHK.isSet(f.hardware.get(Register.CR0)), "hardware checks all the time");
  }

  @Test
  void isHiddenWhereItCannotBeSplit() {
    hardware(Idr0.NS1ATS.mask(), 0);
    f.boot().enableCommands().enableStreams();
    assertHidden();
  }

  @Test
  void isHiddenWhereStage2MustStall() {
    hardware(Idr0.STALL_MODEL.of(0b10), 0);
    f.boot().enableCommands().enableStreams();
    assertHidden();
  }

  private void assertHidden() {
    assertFalse(shown(Idr0.ATS) || shown(Idr0.PRI));
    long all = Cr0.ATSCHK.mask() | Cr0.PRIQEN.mask();
    f.write(Register.CR0, f.read(Register.CR0) | all);
    assertEquals(0, f.read(Register.CR0ACK) & all);
    assertEquals(0, f.hardware.get(Register.CR0) & Cr0.PRIQEN.mask());
    assertEquals(Ste.EATS_ABORT, eats(Ste.CONFIG_S1, Ste.EATS_FULL));
    assertTrue(f.submit(Fixture.command(Opcode.ATC_INV) | (long) SID << 32, 0).isEmpty());
    assertTrue(Gerror.CMDQ_ERR.isSet(f.read(Register.GERROR) ^ f.read(Register.GERRORN)));
  }

  /** One row for each EATS and each Config that lets traffic pass. */
  @Test
  void fullAtsBecomesSplitAndNothingElsePasses() {
    f.boot().enableCommands().enableStreams();
    for (int hosts = 0; hosts <= Ste.EATS.max(); hosts++) {
      int expected = hosts == Ste.EATS_FULL ? Ste.EATS_SPLIT : Ste.EATS_ABORT;
      assertEquals(expected, eats(Ste.CONFIG_S1, hosts), "stage 1, EATS " + hosts);
      assertEquals(Ste.EATS_ABORT, eats(Ste.CONFIG_BYPASS, hosts), "bypass, EATS " + hosts);
      assertEquals(Ste.EATS_ABORT, eats(Ste.CONFIG_ABORT, hosts), "abort, EATS " + hosts);
      assertEquals(Ste.EATS_ABORT, eats(Ste.CONFIG_NESTED, hosts), "refused, EATS " + hosts);
    }
  }

  @Test
  void commandsPass() {
    f.boot().enableCommands();
    long inv = Fixture.command(Opcode.ATC_INV) | AtcInv.STREAMID.of(SID);
    assertEquals(inv, f.submit(inv, AtcInv.SIZE.of(3)).getFirst().word0());
    long resp = Fixture.command(Opcode.PRI_RESP) | (long) SID << 32;
    assertEquals(resp, f.submit(resp, 5).getFirst().word0());
  }

  @Test
  void unansweredInvalidationIsTheHostsError() {
    f.boot().enableCommands();
    boolean[] silent = {true};
    f.hardware.timesOut = command -> silent[0] && command.opcode() == Opcode.SYNC;
    f.hardware.onWrite = (register, _) -> silent[0] &= register != Register.GERRORN;
    f.submit(Fixture.command(Opcode.ATC_INV), 0, Fixture.command(Opcode.SYNC), 0);
    assertEquals(CommandError.CERROR_ATC_INV_SYNC, CmdqCons.ERR.get(f.read(Register.CMDQ_CONS)));
    assertTrue(Gerror.CMDQ_ERR.isSet(f.read(Register.GERROR) ^ f.read(Register.GERRORN)));
    f.write(Register.GERRORN, f.read(Register.GERROR));
    assertEquals(1, f.submit(Fixture.command(Opcode.SYNC), 0).size(), "it goes on");
    assertEquals(0, f.driver.counters(0).timeouts());
  }

  @Test
  void requestQueueIsKeptWithTheHostWhileItIsOnAndCanMove() {
    f.boot();
    for (long at : new long[] {REQUESTS, REQUESTS + 0x1_0000}) {
      f.write(Register.PRIQ_BASE, at | QueueBase.LOG2SIZE.of(8));
      f.write(Register.PRIQ_PROD, PriqProd.WR.max());
      f.write(Register.CR0, Cr0.PRIQEN.mask());
      assertEquals(Cr0.PRIQEN.mask(), f.read(Register.CR0ACK));
      assertEquals(at | QueueBase.LOG2SIZE.of(8), f.hardware.get(Register.PRIQ_BASE));
      assertEquals(0x1ff, f.hardware.get(Register.PRIQ_PROD), "wrapped within the queue");
      f.write(Register.PRIQ_BASE, Fixture.CARVE_OUT);
      assertEquals(at | QueueBase.LOG2SIZE.of(8), f.read(Register.PRIQ_BASE));
      assertEquals(Status.BUSY, f.donate(at));
      f.write(Register.CR0, 0);
      assertEquals(0, f.read(Register.CR0ACK));
      assertEquals(Status.OK, f.donate(at));
    }
  }

  @Test
  void requestQueueThatIsNotTheHostsStaysOff() {
    f.boot();
    f.write(Register.PRIQ_BASE, Fixture.CARVE_OUT | QueueBase.LOG2SIZE.of(8));
    f.write(Register.CR0, Cr0.PRIQEN.mask());
    assertFalse(Cr0.PRIQEN.isSet(f.hardware.get(Register.CR0)));
    assertTrue(Gerror.PRIQ_ABT_ERR.isSet(f.read(Register.GERROR) ^ f.read(Register.GERRORN)));
  }
}
