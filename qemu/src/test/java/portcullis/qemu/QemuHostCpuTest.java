package portcullis.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import portcullis.arch.vmsa.DataAbortIss;
import portcullis.arch.vmsa.Esr;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.arch.vmsa.Vtcr;
import portcullis.platform.CpuContext;
import portcullis.platform.El2Vectors;
import portcullis.platform.HostAbort;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/** The host's CPU on RAM alone, under an EL2 of the test's; needs no QEMU. */
class QemuHostCpuTest {
  private static final long RAM = VirtMap.RAM_BASE;
  private static final long TRAPPED = VirtMap.SMMU.base();

  private final Store store = new Store();
  private final GuestRam ram = new GuestRam(MemorySegment.ofArray(new long[0x1_0000 / Long.BYTES]));
  private final HostStage2 stage2 = new HostStage2(store, ram);
  private final QemuClock clock = new QemuClock(store, null);
  private final QemuHostCpu cpu =
      new QemuHostCpu(store, new QemuBus(ram, null, clock, TraceSink.NONE, "host"), stage2, clock);
  private int traps;

  /** Maps 1 GiB from RAM's base as it is, and nothing else. */
  private void deprivilege(Consumer<CpuContext> el2) {
    long block =
        RAM | 0b01 | Stage2Descriptor.AF.of(1) | Stage2Descriptor.S2AP.of(Stage2Descriptor.S2AP_RW);
    ram.write64(RAM + 0x8000 + (RAM >>> 30) * Long.BYTES, block);
    cpu.installEl2(
        new El2Vectors() {
          @Override
          public void dataAbort(CpuContext context) {
            traps++;
            el2.accept(context);
          }

          @Override
          public void hypercall(CpuContext context) {
            context.setRegister(0, context.register(0) + context.register(1) - context.register(6));
          }
        });
    stage2.enableHostStage2(
        RAM + 0x8000,
        Vtcr.T0SZ.of(25)
            | Vtcr.SL0.of(1)
            | Vtcr.TG0.of(Granule.SIZE_4K.tgStage2())
            | Vtcr.PS.of(2));
  }

  @Test
  void memoryOfEachWidthIsLittleEndian() {
    deprivilege(context -> context.injectAbort());
    cpu.memory().write64(RAM, 0x8877_6655_4433_2211L);
    assertEquals(0x11, cpu.load(RAM, 1));
    assertEquals(0x8877, cpu.load(RAM + 6, 2));
    assertEquals(0x8877_6655L, cpu.load(RAM + 4, 4));
    assertEquals(0x4433_2211, cpu.memory().read32(RAM));
    cpu.store(RAM + 1, 1, 0xab);
    cpu.store(RAM + 2, 2, 0xcdef);
    cpu.memory().write32(RAM + 4, -1);
    assertEquals(0xffff_ffff_cdef_ab11L, cpu.memory().read64(RAM));
    assertEquals(0, traps);
  }

  @Test
  void aTrapHasTheSyndromeOfTheInstruction() {
    deprivilege(
        context -> {
          long esr = context.esr();
          assertTrue(Esr.isDataAbort(esr));
          assertTrue(DataAbortIss.ISV.isSet(esr));
          assertEquals(DataAbortIss.SAS_WORD, DataAbortIss.SAS.get(esr));
          assertTrue(DataAbortIss.WNR.isSet(esr));
          assertEquals(0, DataAbortIss.SRT.get(esr));
          assertEquals(DataAbortIss.DFSC_TRANSLATION | 1, DataAbortIss.DFSC.get(esr));
          assertEquals(TRAPPED + 0x20, context.faultIpa());
          assertEquals(0xdead_beefL, context.register(0));
          context.skipInstruction();
        });
    cpu.store(TRAPPED + 0x20, 4, 0xdead_beefL);
    assertEquals(1, traps);
  }

  @Test
  void zeroIsStoredFromXzr() {
    deprivilege(
        context -> {
          assertEquals(DataAbortIss.SRT_XZR, DataAbortIss.SRT.get(context.esr()));
          assertTrue(DataAbortIss.SF.isSet(context.esr()));
          assertEquals(0, context.register(DataAbortIss.SRT_XZR));
          context.skipInstruction();
        });
    cpu.store(TRAPPED, 8, 0);
    assertEquals(1, traps);
  }

  @Test
  void el2AnswersALoadInX0() {
    deprivilege(
        context -> {
          assertFalse(DataAbortIss.WNR.isSet(context.esr()));
          context.setRegister((int) DataAbortIss.SRT.get(context.esr()), 0x1234);
          context.skipInstruction();
        });
    assertEquals(0x1234, cpu.load(TRAPPED, 4));
  }

  @Test
  void el2CanMapAndHaveTheAccessTriedAgain() {
    ram.write64(RAM + 0x20, 42);
    deprivilege(
        context ->
            ram.write64(
                RAM + 0x8000,
                RAM
                    | 0b01
                    | Stage2Descriptor.AF.of(1)
                    | Stage2Descriptor.S2AP.of(Stage2Descriptor.S2AP_RO)));
    assertEquals(42, cpu.load(0x20, 8));
    assertEquals(1, traps);
  }

  @Test
  void aRefusalAndAnEl2WithoutProgressAreTheHostsAbort() {
    deprivilege(context -> context.injectAbort());
    HostAbort abort = assertThrows(HostAbort.class, () -> cpu.store(TRAPPED, 4, 1));
    assertEquals(TRAPPED, abort.ipa());
    assertTrue(abort.write());
    assertEquals(1, traps);
    deprivilege(context -> {});
    assertThrows(HostAbort.class, () -> cpu.load(TRAPPED, 4));
    assertTrue(traps > 1 && traps < 10);
  }

  @Test
  void anAbortOnTheWalkHasNoInstructionSyndrome() {
    deprivilege(
        context -> {
          assertEquals(0, context.esr() & DataAbortIss.INSTRUCTION_SYNDROME);
          assertFalse(DataAbortIss.ISV.isSet(context.esr()));
          assertEquals(0x15, DataAbortIss.DFSC.get(context.esr()));
          context.injectAbort();
        });
    stage2.enableHostStage2(
        1L << 32,
        Vtcr.T0SZ.of(25)
            | Vtcr.SL0.of(1)
            | Vtcr.TG0.of(Granule.SIZE_4K.tgStage2())
            | Vtcr.PS.of(2));
    assertThrows(HostAbort.class, () -> cpu.load(RAM, 8));
    assertEquals(1, traps);
  }

  @Test
  void aHypercallPassesItsArgumentsAndResult() {
    deprivilege(context -> context.injectAbort());
    assertEquals(7 + 5 - 2, cpu.hypercall(7, 5, 0, 0, 0, 0, 2));
    assertEquals(7, cpu.hypercall(7));
    assertThrows(IllegalArgumentException.class, () -> cpu.hypercall(1, 1, 2, 3, 4, 5, 6, 7));
  }
}
