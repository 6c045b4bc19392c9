package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Sync;
import portcullis.hyp.Status;

/** How EL2 waits for hardware: by its own clock, never without end, woken where it can be. */
class WaitTest {
  private final Fixture f = new Fixture();

  @Test
  void aSilentSmmuIsWaitedForOneSecondOfEl2sClock() {
    f.boot();
    f.hardware.stalled = true;
    long before = f.platform.clock().nanos();
    assertEquals(Status.TIMEOUT, f.donate(Fixture.RAM));
    long waited = f.platform.clock().nanos() - before;
    assertTrue(waited > Patience.TIMEOUT_NANOS, waited + " ns");
    assertTrue(waited < 5 * Patience.TIMEOUT_NANOS, waited + " ns");
  }

  @Test
  void aClockThatStandsStillDoesNotMakeTheWaitEndless() {
    f.boot();
    f.platform.pauseNanos = 0;
    f.hardware.stalled = true;
    assertEquals(Status.TIMEOUT, f.donate(Fixture.RAM));
    f.hardware.stalled = false;
    assertEquals(Status.OK, f.donate(Fixture.RAM));
  }

  @Test
  void acknowledgementsAreBoundedTheSameWay() {
    f.platform.pauseNanos = 0;
    f.hardware.deaf = true;
    f.boot();
    assertEquals(Refusal.NO_ANSWER.reason(), f.driver.reports().get(0).reason());
    assertEquals(SmmuReport.Status.PROTECTED, f.driver.reports().get(1).status());
  }

  /** IHI 0070 4.7.3: CS SIG_SEV where IDR0.SEV offers it, else SIG_NONE. */
  @Test
  void el2sSyncsSendAnEventWhereTheSmmuCan() {
    long idr0 = f.second.get(Register.IDR0);
    f.second.set(Register.IDR0, Idr0.SEV.with(idr0, 0));
    f.boot();
    assertEquals(Status.OK, f.donate(Fixture.RAM));
    assertEquals(Sync.CS_SEV, Sync.CS.get(lastSync(f.hardware)));
    assertEquals(Sync.CS_NONE, Sync.CS.get(lastSync(f.second)));
  }

  private static long lastSync(FakeSmmu smmu) {
    FakeSmmu.Consumed last = smmu.consumed.getLast();
    assertEquals(Opcode.SYNC, last.opcode());
    return last.word0();
  }
}
