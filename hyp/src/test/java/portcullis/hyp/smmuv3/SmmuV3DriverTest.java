package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.vmsa.DataAbortIss;
import portcullis.hyp.Status;
import portcullis.hyp.iommu.IommuDriver;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.platform.boot.MemoryRange;

class SmmuV3DriverTest {
  private final Fixture f = new Fixture();

  private SmmuReport reportWith(Register register, long value) {
    Fixture fixture = new Fixture();
    fixture.hardware.set(register, value);
    fixture.boot();
    assertEquals(SmmuReport.Status.PROTECTED, fixture.driver.reports().get(1).status());
    SmmuReport report = fixture.driver.reports().get(0);
    if (report.status() == SmmuReport.Status.REFUSED) {
      assertFalse(
          fixture.driver.dabtHandler(
              fixture.cpu.stopAt(false, Fixture.SMMU0, 4, 3), Fixture.SMMU0));
      assertTrue(fixture.hardware.writes.isEmpty(), "a refused SMMU is not touched");
    }
    return report;
  }

  private void refused(Refusal why, Register register, long value) {
    SmmuReport report = reportWith(register, value);
    assertEquals(SmmuReport.Status.REFUSED, report.status());
    assertEquals(why.reason(), report.reason());
  }

  @Test
  void whatCannotBeProtectedIsRefusedByName() {
    long idr0 = f.hardware.get(Register.IDR0);
    long idr1 = f.hardware.get(Register.IDR1);
    long idr5 = f.hardware.get(Register.IDR5);
    refused(Refusal.NO_STAGE1, Register.IDR0, idr0 & ~Idr0.S1P.mask());
    refused(Refusal.NO_STAGE2, Register.IDR0, idr0 & ~Idr0.S2P.mask());
    refused(Refusal.NO_AARCH64, Register.IDR0, Idr0.TTF.with(idr0, 0b01));
    refused(Refusal.BIG_ENDIAN, Register.IDR0, Idr0.TTENDIAN.with(idr0, 0b11));
    refused(Refusal.PRESET, Register.IDR1, idr1 | Idr1.QUEUES_PRESET.mask());
    refused(Refusal.PRESET, Register.IDR1, idr1 | Idr1.TABLES_PRESET.mask());
    refused(Refusal.PRESET, Register.IDR1, idr1 | Idr1.REL.mask());
    refused(Refusal.NO_GRANULE, Register.IDR5, idr5 & ~Idr5.GRAN4K.mask());
    refused(Refusal.NESTING_ERRATUM, Register.IIDR, 0x483_1_0_43b);
    refused(Refusal.NESTING_ERRATUM, Register.IIDR, 0x487_1_0_43b);
    refused(Refusal.NESTING_ERRATUM, Register.IIDR, 0x487_0_3_43b);
    assertEquals("", reportWith(Register.IIDR, 0x483_2_0_43b).reason());
    assertEquals("", reportWith(Register.IIDR, 0x487_1_1_43b).reason());
    assertEquals("", reportWith(Register.IIDR, 0x487_2_0_43b).reason());
  }

  @Test
  void anOutputSizeBelowTheBoardIsRefused() {
    var registration = f.parameters().smmus().get(0);
    var wide =
        new portcullis.platform.boot.BootParameters(
            f.parameters().memory(),
            f.parameters().hypervisorMemory(),
            f.parameters().smmus(),
            12,
            48,
            1L << 43);
    Features43 at = new Features43(f);
    assertEquals(Refusal.NONE, Probe.check(registration, at.with(4), wide, true));
    assertEquals(Refusal.OUTPUT_SIZE, Probe.check(registration, at.with(3), wide, true));
  }

  /** Features of the fake hardware with another output size. */
  private record Features43(Fixture fixture) {
    portcullis.smmu.Features with(int oas) {
      return new portcullis.smmu.Features(
          (int) fixture.hardware.get(Register.IDR0),
          (int) fixture.hardware.get(Register.IDR1),
          0,
          (int) Idr5.OAS.with(fixture.hardware.get(Register.IDR5), oas),
          0,
          0);
    }
  }

  @Test
  void strictlyTheHardwareMustSayCoherent() {
    f.hardware.set(Register.IDR0, f.hardware.get(Register.IDR0) & ~Idr0.COHACC.mask());
    f.policy = SmmuPolicy.DEFAULT.with(ProtectionPolicy.STRICT);
    f.boot();
    assertEquals(Refusal.NOT_COHERENT.reason(), f.driver.reports().get(0).reason());
  }

  @Test
  void strictlyTheTreeMustSayCoherent() {
    f.coherent = false;
    f.policy = SmmuPolicy.DEFAULT.with(ProtectionPolicy.STRICT);
    f.boot();
    assertEquals(Refusal.NOT_COHERENT_TREE.reason(), f.driver.reports().get(0).reason());
    assertTrue(f.driver.reports().get(0).reason().contains("its table walks are not coherent ("));
  }

  @Test
  void aDeafSmmuIsGivenBackAndTheOtherTaken() {
    f.hardware.deaf = true;
    f.boot();
    assertEquals(Refusal.NO_ANSWER.reason(), f.driver.reports().get(0).reason());
    assertEquals(SmmuReport.Status.PROTECTED, f.driver.reports().get(1).status());
    assertTrue(f.driver.counters(0).timeouts() > 0);
  }

  @Test
  void messageAddressesAreTakenOutOnceInterruptsAreOff() {
    f.hardware.set(Register.IRQ_CTRL, 4);
    f.hardware.set(Register.IRQ_CTRLACK, 4);
    f.hardware.set(Register.EVENTQ_IRQ_CFG0, Fixture.RAM);
    f.hardware.deafToIrqCtrl = true;
    f.boot();
    assertEquals(Refusal.NO_ANSWER.reason(), f.driver.reports().get(0).reason());

    List<Register> addresses =
        List.of(Register.EVENTQ_IRQ_CFG0, Register.GERROR_IRQ_CFG0, Register.PRIQ_IRQ_CFG0);
    Fixture answering = new Fixture();
    answering.hardware.set(Register.IRQ_CTRLACK, 4);
    addresses.forEach(register -> answering.hardware.set(register, Fixture.RAM));
    answering.hardware.onWrite =
        (register, value) ->
            assertTrue(
                !addresses.contains(register) || answering.hardware.get(Register.IRQ_CTRLACK) == 0,
                "hardware ignores it while interrupts are enabled");
    answering.boot();
    for (Register register : addresses) {
      assertEquals(0, answering.hardware.get(register), register.name());
    }
  }

  @Test
  void aTableTooLargeForThePoolRefusesThatSmmuOnly() {
    f.poolBytes = 64 << 12;
    f.hardware.set(Register.IDR1, Idr1.SIDSIZE.with(f.hardware.get(Register.IDR1), 25));
    f.boot();
    assertEquals(Refusal.NO_MEMORY.reason(), f.driver.reports().get(0).reason());
    assertEquals(SmmuReport.Status.PROTECTED, f.driver.reports().get(1).status());
  }

  @Test
  void everyPoolIsEitherEnoughOrCleanlyRefused() {
    boolean[] seen = new boolean[2];
    for (int poolPages = 6; poolPages < 32; poolPages++) {
      Fixture fixture = new Fixture();
      fixture.poolBytes = (long) poolPages << 12;
      fixture.boot();
      boolean all =
          fixture.driver.reports().stream()
              .allMatch(report -> report.status() == SmmuReport.Status.PROTECTED);
      boolean none =
          fixture.driver.reports().stream()
              .allMatch(report -> report.reason().equals(Refusal.NO_MEMORY.reason()));
      assertTrue(all || none, "pool of " + poolPages);
      assertTrue(all || fixture.pages.pool().used() == 0, "everything was freed again");
      assertEquals(none, fixture.pages.fault(Fixture.SMMU0).ok(), "registers with the host");
      seen[all ? 1 : 0] = true;
    }
    assertTrue(seen[0] && seen[1], "both outcomes occur");
  }

  @Test
  void bootLeavesHardwareAbortingWithTablesOfEl2() {
    f.boot();
    for (FakeSmmu smmu : f.platform.smmus) {
      assertTrue(Gbpa.ABORT.isSet(smmu.get(Register.GBPA)));
      assertEquals(Cr0.CMDQEN.mask() | Cr0.ATSCHK.mask(), smmu.get(Register.CR0));
      long base = smmu.get(Register.STRTAB_BASE) & 0xf_ffff_ffff_ffc0L;
      assertTrue(base >= Fixture.CARVE_OUT && base < Fixture.RAM_END);
      assertEquals(smmu.get(Register.GERROR), smmu.get(Register.GERRORN));
      assertEquals(
          java.util.List.of(Opcode.CFGI_STE_RANGE, Opcode.TLBI_NSNH_ALL, Opcode.SYNC),
          smmu.consumed.stream().map(FakeSmmu.Consumed::opcode).toList());
    }
    assertEquals(SmmuReport.Status.PROTECTED, f.driver.reports().get(0).status());
  }

  /**
   * STRTAB_BASE_CFG, CMDQ_BASE and CR1 (IHI 0070 6.3.25, 6.3.26, 6.3.11), as EL2 made its tables.
   */
  @Test
  void hardwareIsToldTheShapeOfWhatEl2Made() {
    f.second.set(Register.IDR0, Idr0.ST_LEVEL.with(f.second.get(Register.IDR0), 0));
    f.second.set(Register.IDR1, Idr1.SIDSIZE.of(6) | Idr1.CMDQS.of(19));
    f.boot();
    assertEquals(1L << 16 | 8 << 6 | 16, f.hardware.get(Register.STRTAB_BASE_CFG), "two levels");
    assertEquals(6, f.second.get(Register.STRTAB_BASE_CFG), "linear");
    assertEquals(8, f.hardware.get(Register.CMDQ_BASE) & 0x1f, "as many as hardware takes");
    assertEquals(10, f.second.get(Register.CMDQ_BASE) & 0x1f, "as many as EL2 needs");
    for (FakeSmmu smmu : f.platform.smmus) {
      assertEquals(0b11_01_01_11_01_01, smmu.get(Register.CR1), "Write-Back, Inner Shareable");
      assertEquals(0, smmu.get(Register.CR2));
    }
  }

  @Test
  void registersThatAreNotPagesOfTheirOwnAreRefused() {
    for (MemoryRange registers :
        List.of(
            new MemoryRange(Fixture.SMMU0, 0x1_0000),
            new MemoryRange(Fixture.SMMU0 + 0x800, 0x2_0000),
            new MemoryRange(Fixture.SMMU0, 0x2_0800))) {
      Fixture fixture = new Fixture();
      fixture.registers = registers;
      fixture.boot();
      assertEquals(
          Refusal.REGISTERS.reason(), fixture.driver.reports().get(0).reason(), "" + registers);
      assertEquals(SmmuReport.Status.PROTECTED, fixture.driver.reports().get(1).status());
    }
  }

  @Test
  void syndromesAreDecodedAsTheArchitectureSays() {
    f.boot();
    f.hardware.set(Register.IIDR, 0x8000_0001L);
    long ipa = Fixture.SMMU0 + Register.IIDR.offset();
    f.cpu.stopAt(false, ipa, 4, 5);
    assertTrue(f.driver.dabtHandler(f.cpu, ipa));
    assertEquals(0x8000_0001L, f.cpu.registers[5]);

    f.cpu.stopAt(false, ipa, 4, 5).esr |= DataAbortIss.SSE.mask() | DataAbortIss.SF.mask();
    f.driver.dabtHandler(f.cpu, ipa);
    assertEquals(0xffff_ffff_8000_0001L, f.cpu.registers[5]);

    f.cpu.stopAt(false, ipa, 4, 5).esr |= DataAbortIss.SSE.mask();
    f.driver.dabtHandler(f.cpu, ipa);
    assertEquals(0x8000_0001L, f.cpu.registers[5]);

    f.write(Register.CR1, 0x123);
    long cr1 = Fixture.SMMU0 + Register.CR1.offset();
    f.driver.dabtHandler(f.cpu.stopAt(true, cr1, 4, DataAbortIss.SRT_XZR), cr1);
    assertEquals(0, f.read(Register.CR1));

    f.cpu.stopAt(false, ipa, 4, 5).esr &= ~DataAbortIss.ISV.mask();
    assertTrue(f.driver.dabtHandler(f.cpu, ipa));
    assertTrue(f.cpu.aborted && !f.cpu.skipped);

    assertFalse(f.driver.dabtHandler(f.cpu, Fixture.SMMU0 - 4));
    assertFalse(f.driver.dabtHandler(f.cpu, Fixture.SMMU0 + f.registers.size()));
  }

  @Test
  void aDonatedPageIsUnmappedAndForgottenByEverySmmu() {
    f.boot();
    int before0 = f.hardware.consumed.size();
    int before1 = f.second.consumed.size();
    assertEquals(Status.OK, f.donate(Fixture.RAM));
    for (var pair :
        java.util.List.of(
            java.util.Map.entry(f.hardware, before0), java.util.Map.entry(f.second, before1))) {
      var commands =
          pair.getKey().consumed.subList(pair.getValue(), pair.getKey().consumed.size()).stream()
              .map(FakeSmmu.Consumed::opcode)
              .toList();
      assertTrue(commands.contains(Opcode.TLBI_S2_IPA), commands.toString());
      assertTrue(commands.contains(Opcode.TLBI_NH_ALL), commands.toString());
      assertEquals(Opcode.SYNC, commands.getLast());
    }
    assertFalse(maps(Fixture.RAM));
    assertTrue(maps(Fixture.RAM + 0x1000));
    assertFalse(maps(Fixture.CARVE_OUT), "EL2's own memory");
    assertFalse(maps(Fixture.SMMU0), "an SMMU's registers");
  }

  @Test
  void aSilentSmmuKeepsThePageWithTheHost() {
    f.boot();
    f.second.stalled = true;
    assertEquals(Status.TIMEOUT, f.donate(Fixture.RAM));
    assertTrue(f.pages.hostOwns(Fixture.RAM, 0x1000));
    assertTrue(f.driver.counters(1).timeouts() > 0);

    f.second.stalled = false;
    int before = f.second.consumed.size();
    assertEquals(Status.OK, f.donate(Fixture.RAM));
    assertTrue(
        f.second.consumed.subList(before, f.second.consumed.size()).stream()
            .anyMatch(command -> command.opcode() == Opcode.TLBI_S12_VMALL),
        "after a failure everything is invalidated");
  }

  @Test
  void aRejectedInvalidationKeepsThePageWithTheHost() {
    f.boot();
    f.hardware.illegal = command -> command.opcode() == Opcode.TLBI_S2_IPA;
    assertEquals(Status.TIMEOUT, f.donate(Fixture.RAM));
    assertTrue(f.driver.counters(0).errors() > 0);
    f.hardware.illegal = command -> false;
    assertEquals(Status.OK, f.donate(Fixture.RAM));
  }

  @Test
  void theMeasuresThatAPlantedBugLeavesOutAreNotTaken() {
    f.policy =
        SmmuPolicy.DEFAULT
            .with(new ProtectionPolicy.Row(Measure.INVALIDATE_STAGE2, false, "planted"))
            .with(new ProtectionPolicy.Row(Measure.INVALIDATE_NESTED, false, "planted"))
            .with(new ProtectionPolicy.Row(Measure.WAIT_FOR_SYNC, false, "planted"))
            .with(new ProtectionPolicy.Row(Measure.ABORT_WHILE_DISABLED, false, "planted"));
    f.boot();
    assertFalse(Gbpa.ABORT.isSet(f.hardware.get(Register.GBPA)));
    f.hardware.stalled = true;
    assertEquals(Status.OK, f.donate(Fixture.RAM), "nobody waits");
    f.hardware.stalled = false;
    f.hardware.consume();
    assertTrue(
        f.hardware.consumed.stream()
            .noneMatch(
                command ->
                    command.opcode() == Opcode.TLBI_S2_IPA
                        || command.opcode() == Opcode.TLBI_NH_ALL));
  }

  @Test
  void withoutUnmapThePageStays() {
    f.policy =
        SmmuPolicy.DEFAULT.with(new ProtectionPolicy.Row(Measure.UNMAP_STAGE2, false, "planted"));
    f.boot();
    assertEquals(Status.OK, f.donate(Fixture.RAM));
    assertTrue(maps(Fixture.RAM));
  }

  @Test
  void withoutDonationTheHostKeepsTheRegisters() {
    f.policy =
        SmmuPolicy.DEFAULT.with(new ProtectionPolicy.Row(Measure.TAKE_REGISTERS, false, "planted"));
    f.boot();
    assertEquals(Status.OK, f.pages.fault(Fixture.SMMU0));
    Fixture taken = new Fixture().boot();
    assertFalse(taken.pages.fault(Fixture.SMMU0).ok());
  }

  @Test
  void reserveAnswersForTheWorstCase() {
    f.boot();
    assertEquals(Status.OK, f.driver.reserve(Fixture.RAM, Fixture.RAM + 0x1000, IommuDriver.NONE));
    long spare = f.pages.pool().allocate(8);
    while (f.pages.pool().allocate(1) >= 0) {}
    assertEquals(
        Status.NO_MEMORY, f.driver.reserve(Fixture.RAM, Fixture.RAM + 0x1000, IommuDriver.NONE));
    assertEquals(Status.NO_MEMORY, f.donate(Fixture.RAM));
    assertTrue(f.pages.hostOwns(Fixture.RAM, 0x1000));
    assertTrue(maps(Fixture.RAM));

    f.pages.pool().free(spare, 8);
    assertEquals(Status.OK, f.donate(Fixture.RAM));
    assertFalse(maps(Fixture.RAM));
  }

  @Test
  void aSilentSmmuWithAFullQueueCostsADonationFewTimeouts() {
    f.hardware.set(Register.IDR3, 0); // no ranges: a command for each page
    f.boot();
    int guest = f.pages.createGuest();
    assertEquals(Status.OK, f.donate(Fixture.RAM + 0x1f_f000), "the block is split");
    f.hardware.stalled = true;
    for (int i = 0; i < 8; i++) {
      long before = f.platform.clock().nanos();
      assertEquals(Status.TIMEOUT, f.pages.donate(guest, Fixture.RAM >>> 12, 100));
      long waited = f.platform.clock().nanos() - before;
      assertTrue(waited < 5 * Patience.TIMEOUT_NANOS, waited + " ns in one trap");
      assertTrue(maps(Fixture.RAM), "given back to the host");
    }
    f.hardware.stalled = false;
    assertEquals(Status.OK, f.pages.donate(guest, Fixture.RAM >>> 12, 100));
    assertFalse(maps(Fixture.RAM));
  }

  @Test
  void levelTwoBreakBeforeMakeReplacesBlocksAtOnce() {
    for (FakeSmmu smmu : f.platform.smmus) {
      smmu.set(Register.IDR3, Idr3.BBML.of(2));
    }
    f.boot();
    boolean[] gap = {false};
    f.memory.onWrite = address -> gap[0] |= !maps(Fixture.RAM + 0x2000);
    assertEquals(Status.OK, f.donate(Fixture.RAM));
    assertFalse(gap[0], "a neighbour's mapping went away for a moment");
    assertFalse(maps(Fixture.RAM));
  }

  @Test
  void countersAddUp() {
    f.boot();
    f.read(Register.IDR0);
    assertEquals(1, f.driver.counters().traps());
    assertEquals(2, f.driver.counters().syncs());
    assertTrue(f.driver.counters().tablePages() > 0);
  }

  /** Whether the shadow stage-2 maps {@code ipa}, to itself. */
  private boolean maps(long ipa) {
    return Stage2Oracle.maps(f, ipa);
  }
}
