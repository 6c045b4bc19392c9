package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.EventqCons;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.hyp.Status;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.hyp.smmuv3.RegisterPolicy.Guard;
import portcullis.hyp.smmuv3.RegisterPolicy.Outcome;
import portcullis.hyp.smmuv3.RegisterPolicy.Read;
import portcullis.hyp.smmuv3.RegisterPolicy.Row;
import portcullis.hyp.smmuv3.RegisterPolicy.Stray;
import portcullis.hyp.smmuv3.RegisterPolicy.StrayRow;
import portcullis.hyp.smmuv3.RegisterPolicy.Write;
import portcullis.platform.WiredInterrupt;
import portcullis.platform.trace.TraceEvent;

class RegisterEmulationTest {
  private static final long PATTERN = 0x5a5a_a5a5_0f0f_f0f0L;
  private final Fixture f = new Fixture();

  private static long low(Register register, long value) {
    return register.bytes() == 8 ? value : value & 0xffff_ffffL;
  }

  @Test
  void everyRowReadsAsItSays() {
    f.boot();
    for (Row row : RegisterPolicy.DEFAULT.rows()) {
      Register register = row.register();
      boolean identity = register == Register.IDR1 || register == Register.CMDQ_CONS;
      if (!identity && row.read() != Read.GERROR) {
        f.hardware.set(register, low(register, PATTERN));
      }
      long value = f.read(register);
      switch (row.read()) {
        case HARDWARE -> assertEquals(low(register, PATTERN), value, row.name());
        case MASKED, IDR0 -> assertEquals(low(register, PATTERN & row.shown()), value, row.name());
        case ZERO, SHADOW, CMDQ_PROD, CMDQ_CONS, GERROR, GERRORN ->
            assertEquals(0, value, row.name());
        case GBPA -> assertEquals(Gbpa.ABORT.mask(), value, row.name());
        case IDR1 -> assertEquals(16, Idr1.SIDSIZE.get(value));
      }
    }
  }

  @Test
  void everyRowIsWrittenAsItSays() {
    for (Row row : RegisterPolicy.DEFAULT.rows()) {
      Fixture fixture = new Fixture().boot();
      Register register = row.register();
      long before = fixture.hardware.get(register);
      int writes = fixture.hardware.writes.size();
      fixture.write(register, PATTERN);
      long hardware = fixture.hardware.get(register);
      switch (row.write()) {
        case REWRITE -> assertEquals(low(register, PATTERN & row.passed()), hardware, row.name());
        case SHADOW -> {
          assertEquals(before, hardware, row.name());
          assertEquals(low(register, PATTERN), fixture.read(register), row.name());
        }
        case CMDQ_PROD, CMDQ_CONS -> {
          assertEquals(before, hardware, row.name());
          assertEquals(PATTERN & 0xfffff, fixture.read(register), row.name());
        }
        case IGNORE, GBPA, GERRORN -> {
          assertEquals(writes, fixture.hardware.writes.size(), row.name());
          assertEquals(before, hardware, row.name());
        }
        case CR0 -> assertEquals(PATTERN & row.passed(), fixture.read(Register.CR0ACK));
        case FORWARD -> throw new AssertionError("nothing is forwarded as it comes");
      }
    }
  }

  @Test
  void guardsHoldWhileEnabled() {
    f.boot().enableCommands().enableStreams();
    f.write(Register.EVENTQ_BASE, Fixture.EVENTS | 2);
    f.write(Register.PRIQ_BASE, Fixture.EVENTS + 0x8_0000 | 2);
    f.write(Register.CR0, f.read(Register.CR0) | Cr0.EVENTQEN.mask() | Cr0.PRIQEN.mask());
    for (Row row : RegisterPolicy.DEFAULT.rows()) {
      if (row.guard() != Guard.NONE) {
        long before = f.read(row.register());
        long hardware = f.hardware.get(row.register());
        f.write(row.register(), ~before);
        assertEquals(before, f.read(row.register()), row.name());
        assertEquals(hardware, f.hardware.get(row.register()), row.name());
      }
    }
  }

  /** IHI 0070 3.18, 7.5: an error that is activated interrupts, if IRQ_CTRL says so, once. */
  @Test
  void errorThatEl2RaisesInterruptsTheHost() {
    f.boot().enableCommands();
    f.submit(0xff, 0);
    assertEquals(java.util.List.of(), f.platform.interrupts, "not enabled");
    f.memory.write64(Fixture.QUEUE, Fixture.command(portcullis.arch.smmu.Opcode.SYNC));
    f.write(Register.GERRORN, f.read(Register.GERROR));
    f.write(Register.IRQ_CTRL, IrqCtrl.GERROR_IRQEN.mask());
    f.submit(0xff, 0);
    f.submit(0xff, 0);
    assertEquals(java.util.List.of(WiredInterrupt.GERROR), f.platform.interrupts);
    assertTrue(Gerror.CMDQ_ERR.isSet(f.read(Register.GERROR) ^ f.read(Register.GERRORN)));
  }

  @Test
  void idr0HidesWhatEl2DoesNotProtect() {
    f.boot();
    long idr0 = f.read(Register.IDR0);
    for (var field :
        List.of(Idr0.S2P, Idr0.VMID16, Idr0.DORMHINT, Idr0.MSI, Idr0.HYP, Idr0.ATOS, Idr0.VMW)) {
      assertTrue(field.isSet(f.hardware.get(Register.IDR0)), field.name());
      assertFalse(field.isSet(idr0), field.name());
    }
    assertTrue(Idr0.S1P.isSet(idr0) && Idr0.COHACC.isSet(idr0));
  }

  @Test
  void sidSizeIsWhatTheShadowTableCovers() {
    f.hardware.set(Register.IDR1, Idr1.SIDSIZE.with(f.hardware.get(Register.IDR1), 32));
    f.boot();
    assertEquals(ShadowStreamTable.MAX_BITS_TWO_LEVEL, Idr1.SIDSIZE.get(f.read(Register.IDR1)));
  }

  @Test
  void gbpaUpdatesCompleteAndNothingPasses() {
    f.boot();
    long hardware = f.hardware.get(Register.GBPA);
    f.write(Register.GBPA, Gbpa.UPDATE.mask() | Gbpa.SHCFG.of(1));
    assertEquals(Gbpa.ABORT.mask() | Gbpa.SHCFG.of(1), f.read(Register.GBPA));
    f.write(Register.GBPA, Gbpa.SHCFG.of(2));
    assertEquals(
        Gbpa.ABORT.mask() | Gbpa.SHCFG.of(1), f.read(Register.GBPA), "no Update, no effect");
    assertEquals(hardware, f.hardware.get(Register.GBPA));
  }

  @Test
  void aForwardedGbpaBypasses() {
    Row planted =
        new Row(Register.GBPA, Read.HARDWARE, -1, Write.FORWARD, -1, Guard.NONE, "planted");
    f.policy = SmmuPolicy.DEFAULT.with(planted);
    f.boot();
    f.write(Register.GBPA, Gbpa.UPDATE.mask());
    assertTrue(f.hardware.bypasses());
  }

  @Test
  void sixtyFourBitRegistersCanBeWrittenByHalves() {
    f.boot();
    f.write(Register.STRTAB_BASE, 0x1111_2222_3333_4440L);
    f.write(Register.STRTAB_BASE.offset() + 4, 4, 0x4000_0001L);
    assertEquals(0x4000_0001_3333_4440L, f.read(Register.STRTAB_BASE));
    f.write(Register.STRTAB_BASE.offset(), 4, 0x8000_0000L);
    assertEquals(0x4000_0001_8000_0000L, f.read(Register.STRTAB_BASE));
    assertEquals(0x4000_0001L, f.read(Register.STRTAB_BASE.offset() + 4, 4));
  }

  @Test
  void strayAccessesReadZeroAndWriteNothing() {
    f.boot();
    int writes = f.hardware.writes.size();
    long[][] strays = {
      {0x3c, 4}, {0xa8, 4}, {0x8000, 4}, {0x1_00c0, 4}, {0x20, 1}, {0x22, 2}, {0x20, 8}, {0x84, 8}
    };
    for (long[] stray : strays) {
      f.cpu.registers[3] = -1;
      f.write(stray[0], (int) stray[1], -1);
      assertEquals(0, f.read(stray[0], (int) stray[1]), "0x" + Long.toHexString(stray[0]));
    }
    assertEquals(writes, f.hardware.writes.size());
    assertEquals(0, f.read(Register.CR0));
  }

  @Test
  void aStrayAccessAbortsIfItsRowSaysSo() {
    f.policy = SmmuPolicy.DEFAULT.with(new StrayRow(Stray.NO_REGISTER, Outcome.ABORT, "changed"));
    f.boot();
    f.driver.dabtHandler(f.cpu.stopAt(false, Fixture.SMMU0 + 0x3c, 4, 3), Fixture.SMMU0 + 0x3c);
    assertTrue(f.cpu.aborted && !f.cpu.skipped);
  }

  @Test
  void theEventQueueIsPinnedWhileHardwareMayWriteIt() {
    f.boot();
    f.write(Register.EVENTQ_BASE, Fixture.EVENTS | QueueBase.LOG2SIZE.of(8));
    assertEquals(0, f.hardware.get(Register.EVENTQ_BASE), "not before it is enabled");
    f.write(Register.CR0, Cr0.EVENTQEN.mask());
    assertEquals(Fixture.EVENTS | 8, f.hardware.get(Register.EVENTQ_BASE));
    assertTrue(Cr0.EVENTQEN.isSet(f.hardware.get(Register.CR0)));
    assertEquals(Status.BUSY, f.donate(Fixture.EVENTS + 0x1000));
    f.write(Register.EVENTQ_CONS, 5 | EventqCons.OVACKFLG.mask());
    assertEquals(5 | EventqCons.OVACKFLG.mask(), f.hardware.get(Register.EVENTQ_CONS));

    f.write(Register.CR0, 0);
    assertFalse(Cr0.EVENTQEN.isSet(f.hardware.get(Register.CR0)));
    assertEquals(Status.OK, f.donate(Fixture.EVENTS + 0x1000));
  }

  @Test
  void anIndexWrittenForALargerQueueCannotLeadOutOfThisOne() {
    f.boot();
    f.write(Register.EVENTQ_PROD, 0x800f_ffff);
    f.write(Register.EVENTQ_CONS, 0x8000_ff00);
    f.write(Register.EVENTQ_BASE, Fixture.EVENTS | QueueBase.LOG2SIZE.of(2));
    f.write(Register.CR0, Cr0.EVENTQEN.mask());
    assertEquals(0x8000_0007L, f.hardware.get(Register.EVENTQ_PROD));
    assertEquals(0x8000_0000L, f.hardware.get(Register.EVENTQ_CONS));
  }

  @Test
  void anEventQueueThatHardwareDoesNotTakeInTimeStaysPinnedUntilItIsOff() {
    f.boot();
    f.hardware.deaf = true;
    f.write(Register.EVENTQ_BASE, Fixture.EVENTS);
    f.write(Register.CR0, Cr0.EVENTQEN.mask());
    assertEquals(0, f.read(Register.CR0ACK));
    f.write(Register.CR0, 0);
    f.write(Register.EVENTQ_BASE, Fixture.QUEUE);
    f.write(Register.CR0, Cr0.EVENTQEN.mask());
    assertEquals(0, f.read(Register.CR0ACK));
    assertEquals(Fixture.EVENTS, f.hardware.get(Register.EVENTQ_BASE), "no other while unsure");
    assertEquals(Status.BUSY, f.donate(Fixture.EVENTS));
    assertEquals(Status.OK, f.donate(Fixture.QUEUE));

    f.write(Register.CR0, 0);
    assertEquals(Status.BUSY, f.donate(Fixture.EVENTS), "hardware may still write there");
    f.hardware.deaf = false;
    assertEquals(0, f.read(Register.CR0ACK));
    assertFalse(Cr0.EVENTQEN.isSet(f.hardware.get(Register.CR0ACK)));
    assertEquals(Status.OK, f.donate(Fixture.EVENTS));
  }

  @Test
  void anEventQueueInProtectedMemoryStaysDisabled() {
    f.boot();
    f.write(Register.EVENTQ_BASE, Fixture.CARVE_OUT | QueueBase.LOG2SIZE.of(4));
    f.write(Register.CR0, Cr0.EVENTQEN.mask());
    assertEquals(Cr0.EVENTQEN.mask(), f.read(Register.CR0ACK), "the host sees it enabled");
    assertFalse(Cr0.EVENTQEN.isSet(f.hardware.get(Register.CR0)));
    assertEquals(0, f.hardware.get(Register.EVENTQ_BASE));
    long active = f.read(Register.GERROR) ^ f.read(Register.GERRORN);
    assertEquals(Gerror.EVENTQ_ABT_ERR.mask(), active);
    f.write(Register.GERRORN, f.read(Register.GERROR));
    assertEquals(0, f.read(Register.GERROR) ^ f.read(Register.GERRORN));
  }

  @Test
  void unpinnedEventQueuesReachProtectedMemory() {
    f.policy =
        SmmuPolicy.DEFAULT.with(new ProtectionPolicy.Row(Measure.PIN_EVENT_QUEUE, false, "v4"));
    f.boot();
    f.write(Register.EVENTQ_BASE, Fixture.CARVE_OUT | QueueBase.LOG2SIZE.of(4));
    f.write(Register.CR0, Cr0.EVENTQEN.mask());
    assertEquals(Fixture.CARVE_OUT | 4, f.hardware.get(Register.EVENTQ_BASE));
  }

  @Test
  void hardwareErrorsPassAndAreAcknowledgedToHardware() {
    f.boot();
    f.hardware.toggleError(Gerror.SFM_ERR.mask());
    assertEquals(Gerror.SFM_ERR.mask(), f.read(Register.GERROR) ^ f.read(Register.GERRORN));
    f.write(Register.GERRORN, f.read(Register.GERROR));
    assertEquals(0, f.read(Register.GERROR) ^ f.read(Register.GERRORN));
    assertEquals(
        0,
        (f.hardware.get(Register.GERROR) ^ f.hardware.get(Register.GERRORN))
            & Gerror.SFM_ERR.mask());
    f.hardware.toggleError(Gerror.SFM_ERR.mask());
    assertEquals(Gerror.SFM_ERR.mask(), f.read(Register.GERROR) ^ f.read(Register.GERRORN));
  }

  /** An error of EL2's own queue, or of what is hidden, is not the host's to acknowledge. */
  @Test
  void theHostAcknowledgesNothingThatIsHidden() {
    f.boot();
    long passed = Gerror.EVENTQ_ABT_ERR.mask() | Gerror.PRIQ_ABT_ERR.mask() | Gerror.SFM_ERR.mask();
    for (int bit = 0; bit < 32; bit++) {
      long error = 1L << bit;
      if ((passed & error) == 0) {
        long acknowledged = f.hardware.get(Register.GERRORN);
        f.hardware.set(Register.GERROR, acknowledged ^ error);
        f.write(Register.GERRORN, f.read(Register.GERRORN) ^ error);
        assertEquals(acknowledged, f.hardware.get(Register.GERRORN), "bit " + bit);
        assertEquals(f.read(Register.GERROR), f.read(Register.GERRORN), "bit " + bit);
        f.hardware.set(Register.GERROR, acknowledged);
      }
    }
  }

  @Test
  void anErrorOfBothTakesTwoAcknowledgements() {
    f.boot();
    f.write(Register.EVENTQ_BASE, Fixture.CARVE_OUT);
    f.write(Register.CR0, Cr0.EVENTQEN.mask());
    f.hardware.toggleError(Gerror.EVENTQ_ABT_ERR.mask());
    for (int i = 0; i < 2; i++) {
      assertEquals(
          Gerror.EVENTQ_ABT_ERR.mask(), f.read(Register.GERROR) ^ f.read(Register.GERRORN));
      f.write(Register.GERRORN, f.read(Register.GERROR));
    }
    assertEquals(0, f.read(Register.GERROR) ^ f.read(Register.GERRORN));
  }

  @Test
  void trapsAreTracedWithVerdictAndReason() {
    f.boot();
    f.platform.traced = true;
    f.write(Register.GBPA, 1);
    TraceEvent.Trap trap = (TraceEvent.Trap) f.platform.events.getFirst();
    Row row = RegisterPolicy.DEFAULT.row(Register.GBPA);
    assertEquals(
        new TraceEvent.Trap(0, "smmu0", true, "GBPA", 1, row.writeVerdict(), row.reason()), trap);
  }

  @Test
  void aDeafSmmuEndsInNoAcknowledgement() {
    f.boot().enableCommands();
    f.hardware.deaf = true;
    f.write(Register.STRTAB_BASE, Fixture.TABLE);
    f.write(Register.CR0, f.read(Register.CR0) | Cr0.SMMUEN.mask());
    assertFalse(Cr0.SMMUEN.isSet(f.read(Register.CR0ACK)));
    assertTrue(Cr0.SMMUEN.isSet(f.read(Register.CR0)));

    f.write(Register.STRTAB_BASE, Fixture.LEAVES);
    assertEquals(Fixture.TABLE, f.read(Register.STRTAB_BASE), "it may be in use");
    f.write(Register.CR0, Cr0.CMDQEN.mask());
    assertEquals(Status.BUSY, f.donate(Fixture.TABLE));
    f.hardware.deaf = false;
    assertEquals(Cr0.CMDQEN.mask(), f.read(Register.CR0ACK));
    assertEquals(Status.OK, f.donate(Fixture.TABLE));
  }

  @Test
  void aDeafSmmuIsEnabledWhenItHearsAgain() {
    f.boot().enableCommands();
    f.hardware.deaf = true;
    f.hostSte(8, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_BYPASS));
    f.write(Register.STRTAB_BASE, Fixture.TABLE);
    f.write(
        Register.STRTAB_BASE_CFG,
        StrtabBaseCfg.FMT.of(1) | StrtabBaseCfg.SPLIT.of(8) | StrtabBaseCfg.LOG2SIZE.of(16));
    f.write(Register.CR0, Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask());
    f.hostSte(8, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_ABORT));
    assertEquals(Cr0.CMDQEN.mask(), f.read(Register.CR0ACK));
    assertEquals(
        Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S2),
        f.hardwareSte(8)[0],
        "hardware may be reading by now: the host has to say CFGI_STE");
    f.hardware.deaf = false;
    assertEquals(Cr0.CMDQEN.mask() | Cr0.SMMUEN.mask(), f.read(Register.CR0ACK));
    assertEquals(Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S2), f.hardwareSte(8)[0]);
  }
}
