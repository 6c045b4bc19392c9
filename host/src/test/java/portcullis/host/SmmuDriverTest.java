package portcullis.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.smmu.Commands;
import portcullis.store.Store;

class SmmuDriverTest {
  private static final int STREAM = 0x123;

  private final FakeHost host = new FakeHost();
  private final FakeSmmu smmu = host.smmu;
  private final HostMemory memory = host.allocator();
  private final SmmuDriver driver = driver("host.smmu0", false);

  private SmmuDriver driver(String name, boolean prefetchBroken) {
    return new SmmuDriver(host.store, host, memory, name, FakeHost.SMMU, prefetchBroken);
  }

  private void bringUp() {
    assertEquals(SmmuDriver.Outcome.OK, driver.bringUp());
    smmu.commands.clear();
    smmu.log.clear();
  }

  private long[] ste(int streamId) {
    return words(driver.streams().entry(streamId));
  }

  private long[] words(long address) {
    long[] words = new long[8];
    for (int i = 0; i < 8; i++) {
      words[i] = host.memory().read64(address + 8L * i);
    }
    return words;
  }

  // Bringing up.

  @Test
  void refusesWhatLinuxRefuses() {
    record Case(Register register, long value, SmmuDriver.Outcome outcome) {}
    List<Case> cases =
        List.of(
            new Case(Register.IDR0, Idr0.S1P.with(FakeSmmu.IDR0, 0), SmmuDriver.Outcome.NO_STAGE_1),
            new Case(
                Register.IDR0, Idr0.TTF.with(FakeSmmu.IDR0, 0b01), SmmuDriver.Outcome.UNSUPPORTED),
            new Case(
                Register.IDR0,
                Idr0.TTENDIAN.with(FakeSmmu.IDR0, 0b11),
                SmmuDriver.Outcome.UNSUPPORTED),
            new Case(
                Register.IDR5, Idr5.GRAN4K.with(FakeSmmu.IDR5, 0), SmmuDriver.Outcome.UNSUPPORTED),
            new Case(
                Register.IDR1, Idr1.REL.with(FakeSmmu.IDR1, 1), SmmuDriver.Outcome.UNSUPPORTED),
            new Case(
                Register.IDR1, Idr1.CMDQS.with(FakeSmmu.IDR1, 6), SmmuDriver.Outcome.UNSUPPORTED));
    long free = host.freePages(memory);
    for (Case refused : cases) {
      long usual = smmu.get(refused.register());
      smmu.set(refused.register(), refused.value());
      assertEquals(refused.outcome(), driver.bringUp(), refused.toString());
      smmu.set(refused.register(), usual);
    }
    assertTrue(smmu.log.stream().noneMatch(line -> line.startsWith("write")), "left alone");
    assertEquals(free, host.freePages(memory));
    smmu.set(Register.IDR1, Idr1.CMDQS.with(FakeSmmu.IDR1, 7));
    assertEquals(SmmuDriver.Outcome.OK, driver.bringUp(), "128 commands are more than a batch");
  }

  @Test
  void queuesAreAsLargeAsTheSmmuTakes() {
    smmu.set(Register.IDR1, Idr1.CMDQS.with(Idr1.EVENTQS.with(FakeSmmu.IDR1, 5), 10));
    bringUp();
    assertEquals(10, QueueBase.LOG2SIZE.get(smmu.get(Register.CMDQ_BASE)));
    assertEquals(5, QueueBase.LOG2SIZE.get(smmu.get(Register.EVENTQ_BASE)));
  }

  @Test
  void invalidatesEl2TranslationsWithASyncOfTheirOwn() {
    smmu.set(Register.IDR0, Idr0.HYP.with(FakeSmmu.IDR0, 1));
    assertEquals(SmmuDriver.Outcome.OK, driver.bringUp());
    assertEquals(
        List.of("CFGI_STE_RANGE", "SYNC", "TLBI_EL2_ALL", "SYNC", "TLBI_NSNH_ALL", "SYNC"),
        smmu.takeCommandNames());
  }

  @Test
  void checksTranslatedTrafficWhereThereIsAts() {
    smmu.set(Register.IDR0, Idr0.ATS.with(FakeSmmu.IDR0, 1));
    assertEquals(SmmuDriver.Outcome.OK, driver.bringUp());
    assertEquals(
        List.of(
            "write 0x20 4 0x0",
            "write 0x20 4 0x8",
            "write 0x20 4 0xc",
            "write 0x20 4 0x1c",
            "write 0x20 4 0x1d"),
        smmu.log.stream().filter(line -> line.startsWith("write 0x20 ")).toList());
  }

  @Test
  void anSmmuThatWasLeftOnAbortsBeforeItIsDisabled() {
    smmu.set(Register.CR0, Cr0.SMMUEN.of(1));
    smmu.set(Register.GBPA, Gbpa.SHCFG.of(1));
    driver.bringUp();
    int gbpa =
        smmu.log.indexOf(
            "write 0x44 4 0x%x".formatted(Gbpa.SHCFG.of(1) | Gbpa.ABORT.of(1) | Gbpa.UPDATE.of(1)));
    assertTrue(gbpa >= 0, "GBPA.ABORT");
    assertTrue(gbpa < smmu.log.indexOf("write 0x20 4 0x0"), "first");
  }

  @Test
  void failsAndGivesEverythingBackIfTheSmmuDoesNotConsume() {
    long free = host.freePages(memory);
    smmu.consumes = false;
    assertEquals(SmmuDriver.Outcome.COMMANDS_STUCK, driver.bringUp());
    assertEquals(0, smmu.get(Register.CR0), "disabled again");
    assertEquals(free, host.freePages(memory));
    smmu.consumes = true;
    assertEquals(SmmuDriver.Outcome.OK, driver.bringUp());
  }

  @Test
  void failsAndKeepsItsMemoryIfTheSmmuDoesNotAcknowledge() {
    long free = host.freePages(memory);
    smmu.acknowledges = false;
    smmu.set(Register.CR0ACK, Cr0.CMDQEN.of(1));
    assertEquals(SmmuDriver.Outcome.NOT_ACKNOWLEDGED, driver.bringUp());
    assertNotEquals(free, host.freePages(memory), "the SMMU may still use it");
  }

  private SmmuDriver.Outcome bringUpWith(HostMemory little) {
    return new SmmuDriver(new Store(), host, little, "host.smmu1", FakeHost.SMMU, false).bringUp();
  }

  private HostMemory memoryOf(long pages) {
    return new HostMemory(
        new Store(), host, FakeHost.RAM, pages << FakeHost.PAGE_SHIFT, FakeHost.PAGE_SHIFT);
  }

  /** Whatever allocation fails, what succeeded before it is given back. */
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 3})
  void failsCleanlyWithoutMemory(long pages) {
    HostMemory little = memoryOf(pages);
    assertEquals(SmmuDriver.Outcome.NO_MEMORY, bringUpWith(little));
    assertTrue(smmu.log.stream().noneMatch(line -> line.startsWith("write")));
    for (int i = 0; i < pages; i++) {
      assertNotEquals(HostMemory.NO_PAGE, little.allocate(1));
    }
  }

  @Test
  void queuesShrinkWhereMemoryIsShort() {
    assertEquals(SmmuDriver.Outcome.OK, bringUpWith(memoryOf(7)));
    assertEquals(10, QueueBase.LOG2SIZE.get(smmu.get(Register.CMDQ_BASE)), "four pages");
    assertEquals(8, QueueBase.LOG2SIZE.get(smmu.get(Register.EVENTQ_BASE)), "two pages");
  }

  @Test
  void shutDownGivesEverythingBack() {
    long free = host.freePages(memory);
    for (int round = 0; round < 3; round++) {
      bringUp();
      Domain domain = driver.newDomain();
      assertTrue(driver.attach(STREAM, domain));
      assertTrue(driver.attach(7, domain));
      assertTrue(driver.attachBypass(7));
      assertTrue(driver.detach(STREAM));
      assertTrue(driver.attach(0xffff, domain), "and stays attached");
      assertTrue(domain.destroy());
      assertTrue(driver.shutDown());
      assertEquals(0, smmu.get(Register.CR0));
      assertEquals(free, host.freePages(memory));
    }
  }

  @Test
  void shutDownGivesNothingBackToWhichTheSmmuMayWrite() {
    bringUp();
    long free = host.freePages(memory);
    smmu.acknowledges = false;
    assertFalse(driver.shutDown());
    assertEquals(free, host.freePages(memory));
  }

  // Streams.

  @Test
  void detachAbortsThenClearsAndFreesTheCd() {
    bringUp();
    Domain domain = driver.newDomain();
    assertTrue(driver.detach(STREAM), "its second-level table is there from now on");
    long free = host.freePages(memory);
    assertTrue(driver.attach(STREAM, domain));
    assertEquals(free - 1, host.freePages(memory), "a page for the CD");
    long cd = Ste.S1CONTEXTPTR.inPlace(ste(STREAM)[0]);
    smmu.commands.clear();
    List<Long> configs = new ArrayList<>();
    smmu.beforeCommand = () -> configs.add(Ste.CONFIG.get(ste(STREAM)[0]));
    assertTrue(driver.detach(STREAM));
    assertEquals(
        List.of(
            "CFGI_STE",
            "SYNC",
            "CFGI_STE",
            "SYNC",
            "PREFETCH_CONFIG",
            "CFGI_CD",
            "SYNC",
            "CFGI_CD",
            "SYNC"),
        smmu.takeCommandNames());
    assertTrue(configs.stream().allMatch(config -> config == Ste.CONFIG_ABORT));
    assertArrayEquals(Entries.abort(), ste(STREAM));
    assertFalse(Cd.V.isSet(host.memory().read64(cd)));
    assertEquals(free, host.freePages(memory));
  }

  @Test
  void attachingAgainKeepsTheCdTable() {
    bringUp();
    Domain first = driver.newDomain();
    Domain second = driver.newDomain();
    assertTrue(driver.attach(STREAM, first));
    long free = host.freePages(memory);
    long[] ste = ste(STREAM);
    smmu.commands.clear();
    assertTrue(driver.attach(STREAM, second));
    assertArrayEquals(ste, ste(STREAM));
    assertArrayEquals(second.contextDescriptor(), words(Ste.S1CONTEXTPTR.inPlace(ste[0])));
    assertEquals(free, host.freePages(memory));
    assertEquals(
        List.of(
            "TLBI_NH_ASID",
            "SYNC",
            "CFGI_CD",
            "SYNC",
            "CFGI_CD",
            "SYNC",
            "CFGI_CD",
            "SYNC",
            "PREFETCH_CONFIG"),
        smmu.takeCommandNames(),
        "two words change: a break; the STE stays");
  }

  @Test
  void bypassIsInstalledBeforeTheCdIsCleared() {
    bringUp();
    assertTrue(driver.attach(STREAM, driver.newDomain()));
    smmu.commands.clear();
    assertTrue(driver.attachBypass(STREAM));
    assertArrayEquals(Entries.bypass(), ste(STREAM));
    assertEquals(
        List.of(
            "CFGI_STE",
            "SYNC",
            "CFGI_STE",
            "SYNC",
            "CFGI_STE",
            "SYNC",
            "PREFETCH_CONFIG",
            "CFGI_CD",
            "SYNC",
            "CFGI_CD",
            "SYNC"),
        smmu.takeCommandNames());
  }

  /** The table that an STE written by hand names is not the driver's to free. */
  @Test
  void detachFreesOnlyWhatAttachTook() {
    bringUp();
    assertTrue(driver.attach(STREAM, driver.newDomain()));
    long free = host.freePages(memory);
    long other = memory.allocate(1);
    assertTrue(driver.install(STREAM, Entries.stage1(other)));
    assertTrue(driver.detach(STREAM));
    assertEquals(free - 1 + 1, host.freePages(memory), "one is held, the CD table came back");
    assertNotEquals(other, memory.allocate(1));
  }

  @Test
  void prefetchesUnlessTheTreeSaysItIsBroken() {
    bringUp();
    assertTrue(driver.attachBypass(STREAM));
    assertEquals("PREFETCH_CONFIG", smmu.takeCommandNames().getLast());
    assertTrue(driver.shutDown());
    SmmuDriver broken = driver("host.smmu1", true);
    assertEquals(SmmuDriver.Outcome.OK, broken.bringUp());
    assertTrue(broken.attachBypass(STREAM));
    assertFalse(smmu.takeCommandNames().contains("PREFETCH_CONFIG"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0x1_0000, Integer.MAX_VALUE, -1})
  void refusesAStreamBeyondTheTable(int streamId) {
    bringUp();
    Domain domain = driver.newDomain();
    long free = host.freePages(memory);
    assertFalse(driver.attach(streamId, domain));
    assertFalse(driver.attachBypass(streamId));
    assertFalse(driver.detach(streamId));
    assertEquals(free, host.freePages(memory));
    assertEquals(List.of(), smmu.takeCommandNames());
  }

  /** S1STALLD is for STALL_MODEL 0b00 only; with any other the STE would be illegal. */
  @ParameterizedTest
  @ValueSource(ints = {0b00, 0b01, 0b10})
  void stallsAreDisabledWhereThatIsAChoice(int stallModel) {
    smmu.set(Register.IDR0, Idr0.STALL_MODEL.with(FakeSmmu.IDR0, stallModel));
    bringUp();
    assertTrue(driver.attach(STREAM, driver.newDomain()));
    assertEquals(stallModel == 0b00, Ste.S1STALLD.isSet(ste(STREAM)[1]));
  }

  // Errors.

  @Test
  void aBadCommandIsReplacedAndTheErrorAcknowledged() {
    bringUp();
    smmu.illegal = Opcode.TLBI_S12_VMALL;
    Commands.tlbiS12VmAll(driver.commands(), 0);
    assertFalse(driver.commands().sync());
    assertTrue(smmu.commandError());
    driver.acknowledgeErrors();
    assertFalse(smmu.commandError());
    assertTrue(driver.commands().sync(), "the queue runs again");
    assertEquals(List.of("SYNC", "SYNC", "SYNC"), smmu.takeCommandNames());
  }

  @Test
  void acknowledgesWhatIsActiveAndNothingElse() {
    bringUp();
    driver.acknowledgeErrors();
    assertTrue(smmu.log.stream().noneMatch(line -> line.startsWith("write")));
    smmu.set(Register.GERROR, Gerror.EVENTQ_ABT_ERR.mask());
    assertTrue(driver.eventQueueAborted());
    driver.acknowledgeErrors();
    assertEquals(Gerror.EVENTQ_ABT_ERR.mask(), smmu.get(Register.GERRORN));
    assertFalse(driver.eventQueueAborted());
    assertNotEquals(0, smmu.get(Register.CR0));
  }

  @Test
  void anSmmuInServiceFailureModeIsDisabled() {
    bringUp();
    smmu.set(Register.GERROR, Gerror.SFM_ERR.mask());
    driver.acknowledgeErrors();
    assertEquals(0, smmu.get(Register.CR0));
    assertEquals(Gerror.SFM_ERR.mask(), smmu.get(Register.GERRORN));
  }
}
