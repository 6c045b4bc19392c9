package portcullis.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import portcullis.platform.CpuContext;
import portcullis.platform.El2Vectors;
import portcullis.platform.HostAbort;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

class ModelCpuTest {
  private static final long RAM = 0x8000_0000L;
  private static final long RAM_BYTES = 0x100_0000;
  private static final long IPA = 0x12_3450;
  private static final long PAGE = 0x1000;
  private static final int XZR = 31;

  /** EL2 as a test scripts it; notes each entry's syndrome and address. */
  private static final class ScriptedEl2 implements El2Vectors {
    final List<Long> syndromes = new ArrayList<>();
    final List<Long> addresses = new ArrayList<>();
    Consumer<CpuContext> onAbort = CpuContext::injectAbort;
    Consumer<CpuContext> onHypercall = context -> {};

    @Override
    public void dataAbort(CpuContext context) {
      syndromes.add(context.esr());
      addresses.add(context.faultIpa());
      onAbort.accept(context);
    }

    @Override
    public void hypercall(CpuContext context) {
      syndromes.add(context.esr());
      onHypercall.accept(context);
    }
  }

  private final Store store = new Store();
  private final Ram ram = new Ram(store, List.of(new MemoryRange(RAM, RAM_BYTES)));
  private final ModelClock clock = new ModelClock(store);
  private final SystemBus system = new SystemBus(ram, TraceSink.NONE, clock);
  private final CpuStage2 stage2 = new CpuStage2(store, system.drivenBy("cpu"), TlbiBroadcast.NONE);
  private final ModelCpu.El2Entry entry = new ModelCpu.El2Entry();
  private final ModelCpu cpu =
      new ModelCpu(
          store,
          3,
          system.drivenBy("host"),
          system.drivenUncachedBy("host"),
          CacheMaintenance.NONE,
          stage2,
          clock,
          entry);
  private final ScriptedEl2 el2 = new ScriptedEl2();
  private long next = RAM + 0x10_0000;
  private final Stage2Tables tables =
      new Stage2Tables(ram, Stage2Shape.COMMON, bytes -> (next += 0x1_0000));

  /** A host whose table is empty but for what a test maps. */
  private void deprivilege() {
    entry.install(el2);
    stage2.enableHostStage2(tables.vttbr(), tables.vtcr());
  }

  /** EC data abort from a lower level, IL, ISV, SAS, SRT, SF, WnR, DFSC translation, level 1. */
  @ParameterizedTest
  @CsvSource({
    "1, false, 0x93000005",
    "2, false, 0x93400005",
    "4, false, 0x93800005",
    "8, false, 0x93c08005",
    "1, true, 0x93000045",
    "2, true, 0x93400045",
    "4, true, 0x93800045",
    "8, true, 0x93c08045",
  })
  void givesTheSyndromeOfTheAccess(int bytes, boolean write, String esr) {
    deprivilege();
    HostAbort abort =
        assertThrows(
            HostAbort.class,
            () -> {
              if (write) {
                cpu.store(IPA, bytes, 1);
              } else {
                cpu.load(IPA, bytes);
              }
            });
    assertEquals(List.of(Long.decode(esr)), el2.syndromes);
    assertEquals(List.of(IPA), el2.addresses);
    assertEquals(IPA, abort.ipa());
    assertEquals(write, abort.write());
  }

  @Test
  void givesTheWholeFaultingAddress() {
    deprivilege();
    assertThrows(HostAbort.class, () -> cpu.load(0xfff_ffff_fff8L, 8));
    assertThrows(HostAbort.class, () -> cpu.load(0x1234_5677L, 1));
    assertEquals(List.of(0xfff_ffff_fff8L, 0x1234_5677L), el2.addresses);
  }

  @Test
  void givesTheStatusAndLevelOfEachFault() {
    deprivilege();
    tables.slot(0x4000_0000L, 2);
    tables.slot(0x8000_0000L, 3);
    tables.map(0xc000_0000L, RAM, 3, Stage2Tables.NO_ACCESS_FLAG);
    tables.map(0xc000_1000L, RAM, 3, Stage2Tables.READ_ONLY);
    tables.map(0xc020_0000L, 0, 2, Stage2Tables.WRITE_ONLY);
    assertEquals(0x05, statusOfLoad(0));
    assertEquals(0x06, statusOfLoad(0x4000_0000L));
    assertEquals(0x07, statusOfLoad(0x8000_0000L));
    assertEquals(0x0b, statusOfLoad(0xc000_0000L));
    assertEquals(0x0e, statusOfLoad(0xc020_0000L));
    assertThrows(HostAbort.class, () -> cpu.store(0xc000_1000L, 4, 1));
    assertEquals(0x9380_004fL, el2.syndromes.getLast());
    stage2.enableHostStage2(1L << 47, new Stage2Shape(12, 1, 25, 2, false).vtcr());
    assertEquals(0x00, statusOfLoad(0));
  }

  private long statusOfLoad(long ipa) {
    assertThrows(HostAbort.class, () -> cpu.load(ipa, 8));
    long esr = el2.syndromes.getLast();
    assertEquals(0x93c0_8000L, esr & ~0x3fL);
    return esr & 0x3f;
  }

  @Test
  void anExternalAbortOfAWalkHasNoInstructionSyndrome() {
    deprivilege();
    ram.write64(tables.root, 0x3000_0000L | 0b11);
    assertThrows(HostAbort.class, () -> cpu.store(IPA, 4, 1));
    assertEquals(List.of(0x9200_0056L), el2.syndromes);
  }

  @Test
  void storesZeroFromXzr() {
    deprivilege();
    List<Long> stored = new ArrayList<>();
    el2.onAbort =
        context -> {
          stored.add(context.register((int) (context.esr() >>> 16 & 31)));
          context.skipInstruction();
        };
    cpu.store(IPA, 4, 5);
    cpu.store(IPA, 4, 0);
    cpu.store(IPA, 8, 0);
    assertEquals(List.of(5L, 0L, 0L), stored);
    assertEquals(List.of(0x9380_0045L, 0x939f_0045L, 0x93df_8045L), el2.syndromes);
  }

  /** EL2 maps each page as it faults: one fault a page, as stores of XZR would make. */
  @Test
  void zeroesPageByPage() {
    deprivilege();
    for (long pa = RAM; pa < RAM + 4 * PAGE; pa += 8) {
      ram.write64(pa, ~pa);
    }
    el2.onAbort =
        context ->
            tables.map(
                context.faultIpa() & -PAGE,
                RAM + (context.faultIpa() & PAGE),
                3,
                Stage2Tables.READ_WRITE);
    long ipa = 0x12_2ff0;
    cpu.memory().zero(ipa, 0x20);
    assertEquals(List.of(0x93df_8045L, 0x93df_8047L), el2.syndromes);
    assertEquals(List.of(ipa, 0x12_3000L), el2.addresses);
    for (long pa = RAM; pa < RAM + 4 * PAGE; pa += 8) {
      boolean zeroed = pa >= RAM + 0xff0 && pa < RAM + 0x1010;
      assertEquals(zeroed ? 0 : ~pa, ram.read64(pa), () -> "RAM changed elsewhere");
    }
  }

  @Test
  void whatIsAbortedIsNotZeroedAndWhatEl2DoesGoesOn() {
    deprivilege();
    tables.map(0x12_2000, RAM, 3, Stage2Tables.READ_WRITE);
    tables.slot(0x12_3000, 3);
    ram.write64(RAM + 0xff8, 7);
    assertThrows(HostAbort.class, () -> cpu.memory().zero(0x12_2ff8, 0x18));
    assertEquals(0, ram.read64(RAM + 0xff8));
    assertEquals(List.of(0x12_3000L), el2.addresses);
    el2.onAbort = CpuContext::skipInstruction;
    cpu.memory().zero(0x12_2ff8, 0x18);
    assertEquals(List.of(0x12_3000L, 0x12_3000L, 0x12_3008L), el2.addresses);
  }

  @Test
  void skippingALoadYieldsWhatEl2PutIntoTheRegister() {
    deprivilege();
    el2.onAbort =
        context -> {
          context.setRegister((int) (context.esr() >>> 16 & 31), 0xabcd);
          context.skipInstruction();
        };
    assertEquals(0xabcd, cpu.load(IPA, 4));
    assertEquals(0xabcd, cpu.memory().read32(IPA));
    assertEquals(2, el2.syndromes.size());
  }

  @Test
  void aSkippedOrAbortedStoreChangesNothing() {
    deprivilege();
    tables.map(IPA & -PAGE, RAM, 3, Stage2Tables.READ_ONLY);
    assertThrows(HostAbort.class, () -> cpu.store(IPA, 8, -1));
    el2.onAbort = CpuContext::skipInstruction;
    cpu.store(IPA, 8, -1);
    assertEquals(0, ram.read64(RAM + (IPA & PAGE - 1)));
    assertEquals(0, cpu.load(IPA, 8));
    assertEquals(2, el2.syndromes.size());
  }

  @Test
  void aStoreShowsItsValueInTheRegister() {
    deprivilege();
    List<Long> values = new ArrayList<>();
    el2.onAbort =
        context -> {
          values.add(context.register(0));
          context.skipInstruction();
        };
    cpu.store(IPA, 8, 0x8877_6655_4433_2211L);
    cpu.memory().write32(IPA, -1);
    assertEquals(List.of(0x8877_6655_4433_2211L, 0xffff_ffffL), values);
  }

  @Test
  void retriesAfterEl2MappedThePage() {
    deprivilege();
    el2.onAbort = context -> tables.map(context.faultIpa() & -PAGE, RAM);
    cpu.store(IPA, 8, 77);
    assertEquals(77, cpu.load(IPA, 8));
    assertEquals(77, ram.read64(RAM + (IPA & PAGE - 1)));
    assertEquals(1, el2.syndromes.size());
  }

  @Test
  void givesUpWhereRetryingMakesNoProgress() {
    deprivilege();
    el2.onAbort = context -> {};
    HostAbort abort = assertThrows(HostAbort.class, () -> cpu.store(IPA, 4, 1));
    assertEquals(4, el2.syndromes.size());
    assertTrue(abort.write());
    assertThrows(HostAbort.class, () -> cpu.load(IPA, 4));
    assertEquals(8, el2.syndromes.size());
  }

  @Test
  void forgetsTheLastDecisionAtTheNextTrap() {
    deprivilege();
    assertThrows(HostAbort.class, () -> cpu.load(IPA, 4));
    el2.onAbort = context -> tables.map(context.faultIpa() & -PAGE, RAM);
    assertEquals(0, cpu.load(IPA, 4));
  }

  @Test
  void contextHasThirtyOneRegistersAndXzr() {
    deprivilege();
    el2.onAbort =
        context -> {
          assertEquals(3, context.cpu());
          for (int n = 0; n <= XZR; n++) {
            context.setRegister(n, 100 + n);
          }
          for (int n = 0; n < XZR; n++) {
            assertEquals(100 + n, context.register(n));
          }
          assertEquals(0, context.register(XZR));
          context.skipInstruction();
        };
    assertEquals(100, cpu.load(IPA, 4));
    assertEquals(1, el2.syndromes.size());
  }

  @Test
  void hypercallPassesSixArgumentsAndReturnsX0() {
    entry.install(el2);
    List<Long> seen = new ArrayList<>();
    el2.onHypercall =
        context -> {
          for (int n = 0; n <= 6; n++) {
            seen.add(context.register(n));
          }
          context.setRegister(0, -22);
        };
    assertEquals(-22, cpu.hypercall(7, 1, 2, 3, 4, 5, 6));
    assertEquals(List.of(7L, 1L, 2L, 3L, 4L, 5L, 6L), seen);
    assertEquals(List.of(0x5a00_0000L), el2.syndromes);
    seen.clear();
    cpu.hypercall(8, 9);
    assertEquals(List.of(8L, 9L, 0L, 0L, 0L, 0L, 0L), seen, "no argument is left from before");
    assertThrows(IllegalArgumentException.class, () -> cpu.hypercall(7, 1, 2, 3, 4, 5, 6, 7));
    assertEquals(2, el2.syndromes.size());
  }

  @Test
  void anExceptionBeforeThereIsAnEl2IsADefect() {
    assertThrows(IllegalStateException.class, () -> cpu.hypercall(1));
  }

  @Test
  void abortsWhereNothingAnswers() {
    deprivilege();
    assertFalse(ram.contains(0x4000_0000L));
    tables.map(IPA & -PAGE, 0x4000_0000L);
    HostAbort load = assertThrows(HostAbort.class, () -> cpu.load(IPA, 8));
    assertEquals(IPA, load.ipa());
    assertFalse(load.write());
    assertTrue(assertThrows(HostAbort.class, () -> cpu.store(IPA, 8, 1)).write());
    assertThrows(HostAbort.class, () -> cpu.memory().read64(IPA));
    assertEquals(List.of(), el2.syndromes, "the bus's abort is none of EL2's");
  }

  @Test
  void loadsZeroExtend() {
    ram.write64(RAM, -1);
    assertEquals(0xff, cpu.load(RAM + 7, 1));
    assertEquals(0xffff, cpu.load(RAM + 6, 2));
    assertEquals(0xffff_ffffL, cpu.load(RAM + 4, 4));
    assertEquals(-1, cpu.load(RAM, 8));
    assertEquals(-1, cpu.memory().read32(RAM));
  }

  @Test
  void storesOnlyTheBytesOfItsWidth() {
    cpu.store(RAM, 1, -1);
    cpu.store(RAM + 2, 2, -1);
    cpu.memory().write32(RAM + 4, 0x1234_5678);
    assertEquals(0x1234_5678_ffff_00ffL, ram.read64(RAM));
    cpu.memory().write64(RAM, 0);
    assertEquals(0, cpu.memory().read64(RAM));
  }

  @Test
  void anUnalignedAccessIsTheHostsOwnAbort() {
    deprivilege();
    tables.map(IPA & -PAGE, RAM);
    for (int bytes : new int[] {2, 4, 8}) {
      for (int offset = 1; offset < bytes; offset++) {
        long ipa = (IPA & -PAGE) + offset;
        assertThrows(HostAbort.class, () -> cpu.load(ipa, bytes));
        assertThrows(HostAbort.class, () -> cpu.store(ipa, bytes, 1));
      }
    }
    assertEquals(List.of(), el2.syndromes);
    assertThrows(IllegalArgumentException.class, () -> cpu.load(IPA, 3));
    assertThrows(IllegalArgumentException.class, () -> cpu.load(IPA, 16));
  }

  @Test
  void timePassesInTrapsAndPauses() {
    deprivilege();
    long start = cpu.clock().nanos();
    assertThrows(HostAbort.class, () -> cpu.load(IPA, 4));
    assertEquals(start + 100, cpu.clock().nanos());
    cpu.hypercall(1);
    assertEquals(start + 200, cpu.clock().nanos());
    cpu.pause();
    assertEquals(start + 700, cpu.clock().nanos());
    cpu.barrier();
    cpu.clean(IPA, 64);
    assertEquals(start + 700, cpu.clock().nanos());
  }
}
