package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.AtosAddr;
import portcullis.arch.smmu.AtosPar;
import portcullis.arch.smmu.AtosSid;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Page;
import portcullis.arch.smmu.Register;
import portcullis.check.run.Attempt.Outcome;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.DeviceRegisters;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;

/**
 * T16 of the threat model: SMMUs that answer address translation operations, by GATOS and by a
 * VATOS page behind their first two pages, answer none of the host's.
 */
class HiddenLookupTest {
  private static final long IOVA = 0x1_0000_0000L;
  private static final long VATOS = 2L * Page.BYTES;

  private OneStream s;
  private DeviceRegisters hardware;
  private long base;

  @BeforeEach
  void start() {
    s = new OneStream(Boards.builtIn(), Profile.GENERIC, true);
    hardware = s.system.machine().platform().devices();
    base = s.system.machine().board().smmus().get(s.master.stream().smmu()).registers().base();
  }

  private long lookup(int type, long address) {
    return AtosAddr.ADDR.inPlace(address) | AtosAddr.TYPE.of(type) | AtosAddr.RNW.of(1);
  }

  private long stream() {
    return AtosSid.STREAMID.of(Integer.toUnsignedLong(s.master.stream().streamId()));
  }

  @Test
  void hardwareHasThemAndTheHostSeesNeither() {
    long features = s.system.hardwareRegister(base, Register.IDR0);
    assertTrue(Idr0.ATOS.isSet(features) && Idr0.VATOS.isSet(features));
    long shown = s.driver.registers().read(Register.IDR0);
    assertFalse(Idr0.ATOS.isSet(shown) || Idr0.VATOS.isSet(shown));
  }

  /** What EL2 keeps to itself is worth something: hardware would say where a page lies. */
  @Test
  void hardwareWouldAnswer() {
    long page = s.system.newPage();
    assertEquals(portcullis.pgtable.Result.OK, s.master.domain().map(IOVA, page, Payload.BYTES));
    hardware.write64(base + Register.GATOS_SID.offset(), stream());
    hardware.write64(base + Register.GATOS_ADDR.offset(), lookup(AtosAddr.TYPE_BOTH, IOVA));
    hardware.write32(base + Register.GATOS_CTRL.offset(), 1);
    assertEquals(page, AtosPar.ADDR.inPlace(hardware.read64(base + Register.GATOS_PAR.offset())));
    hardware.write32(base + Register.VATOS_SEL.offset(), 0);
    hardware.write64(base + VATOS + Register.VATOS_SID.offset(), stream());
    hardware.write64(
        base + VATOS + Register.VATOS_ADDR.offset(), lookup(AtosAddr.TYPE_STAGE_1, IOVA));
    hardware.write32(base + VATOS + Register.VATOS_CTRL.offset(), 1);
    assertEquals(
        page, AtosPar.ADDR.inPlace(hardware.read64(base + VATOS + Register.VATOS_PAR.offset())));
  }

  @Test
  void theHostsAccessesReachNoHardware() {
    s.events.clear();
    for (long group : new long[] {Register.GATOS_CTRL.offset(), VATOS + 0xa00}) {
      for (long at = base + group; at < base + group + 0x20; at += Long.BYTES) {
        for (int bytes : new int[] {Integer.BYTES, Long.BYTES}) {
          s.system.cpu().store(at, bytes, 1);
          assertEquals(0, s.system.cpu().load(at, bytes));
        }
      }
    }
    s.driver.registers().write(Register.VATOS_SEL, 1);
    assertEquals(0, s.driver.registers().read(Register.VATOS_SEL));
    assertTrue(s.events.stream().anyMatch(TraceEvent.Trap.class::isInstance));
    assertFalse(s.events.stream().anyMatch(TraceEvent.Mmio.class::isInstance));
  }

  /** T6: nor do a device's. */
  @Test
  void noDeviceReachesTheVatosPage() {
    long sid = base + VATOS + Register.VATOS_SID.offset();
    hardware.write64(sid, 7);
    assertEquals(
        portcullis.pgtable.Result.OK, s.master.domain().map(IOVA, base + VATOS, Payload.BYTES));
    assertFalse(s.master.write(IOVA + Register.VATOS_SID.offset(), new byte[Long.BYTES]));
    assertEquals(7, hardware.read64(sid));
    assertEquals(2, s.lastFault().stage());
  }

  @Test
  void aRunHoldsOnSuchABoard() {
    RunReport report =
        new Run(Boards.builtIn(), Profile.GENERIC, Policies.DEFAULT, 1, TraceSink.NONE).report();
    assertEquals(RunReport.Result.HELD, report.result());
    assertEquals(
        2,
        report.attempts().stream()
            .filter(attempt -> attempt.what().contains("by ATOS where"))
            .filter(attempt -> attempt.outcome() == Outcome.REFUSED)
            .count());
  }
}
