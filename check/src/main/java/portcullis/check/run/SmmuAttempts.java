package portcullis.check.run;

import java.util.Optional;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.host.Entries;
import portcullis.host.SmmuDriver;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.machine.DmaMaster;

/** What the host tries with one SMMU's registers and queues. After each, the SMMU works again. */
final class SmmuAttempts {
  /** log2 of the commands that fill one page. */
  private static final int COMMAND_BITS = 8;

  /** log2 of the event records that fill one page. */
  private static final int EVENT_BITS = 7;

  private final ProtectedSystem system;
  private final SmmuDriver driver;
  private final String name;
  private final long registerBase;
  private final Optional<ActiveMaster> master;
  private final Journal journal;

  /**
   * Attempts on one SMMU.
   *
   * @param master one behind it, for the attempts that need DMA
   */
  SmmuAttempts(
      ProtectedSystem system,
      SmmuDriver driver,
      String name,
      long registerBase,
      Optional<ActiveMaster> master,
      Journal journal) {
    this.system = system;
    this.driver = driver;
    this.name = name;
    this.registerBase = registerBase;
    this.master = master;
    this.journal = journal;
  }

  /** All of them. */
  void attack() {
    commandQueueInGuestPage();
    if (master.isPresent()) {
      eventQueueInGuestPage(master.get());
      streamTableInGuestPage(master.get());
      bypassByRegisters(master.get());
      registersByDma(master.get());
    }
  }

  /** Commands lie ready in the page before it is given away; were they consumed afterwards? */
  private void commandQueueInGuestPage() {
    long address = driver.commands().address();
    int log2 = driver.commands().log2();
    Victim victim = system.newVictim();
    for (int i = 0; i < Victim.BYTES / Long.BYTES; i += 2) {
      victim.fill(system.cpu(), i, Opcode.SYNC.code());
    }
    system.giveAway(victim);
    driver.enable(SmmuDriver.RUNNING & ~Cr0.CMDQEN.mask());
    driver.placeCommandQueue(victim.address(), COMMAND_BITS);
    driver.enable(SmmuDriver.RUNNING);
    driver.registers().write(Register.CMDQ_PROD, 1);
    boolean consumed = CmdqCons.RD.get(driver.registers().read(Register.CMDQ_CONS)) == 1;
    journal.mustFail(
        "the host puts " + name + "'s command queue into a guest's page",
        consumed,
        () ->
            "the host sees %s; %s"
                .formatted(
                    CmdqCons.ERR.nameOf(driver.commands().error()).orElse("no error"),
                    system.whyMeasure(Measure.PIN_COMMAND_QUEUE)));
    driver.acknowledgeErrors();
    driver.enable(SmmuDriver.RUNNING & ~Cr0.CMDQEN.mask());
    driver.placeCommandQueue(address, log2);
    driver.enable(SmmuDriver.RUNNING);
  }

  private void eventQueueInGuestPage(ActiveMaster by) {
    long address = driver.events().address();
    int log2 = driver.events().log2();
    Victim victim = system.newVictim();
    system.giveAway(victim);
    driver.enable(SmmuDriver.RUNNING & ~Cr0.EVENTQEN.mask());
    driver.placeEventQueue(victim.address(), EVENT_BITS);
    driver.enable(SmmuDriver.RUNNING);
    by.device().read(by.stream(), 0, new byte[Long.BYTES]); // nothing is mapped there
    journal.mustFail(
        "the host puts " + name + "'s event queue into a guest's page, and a master faults",
        !victim.intact(),
        () ->
            (driver.eventQueueAborted() ? "the host sees GERROR.EVENTQ_ABT_ERR; " : "")
                + system.whyMeasure(Measure.PIN_EVENT_QUEUE));
    driver.acknowledgeErrors();
    driver.enable(SmmuDriver.RUNNING & ~Cr0.EVENTQEN.mask());
    driver.placeEventQueue(address, log2);
    driver.enable(SmmuDriver.RUNNING);
  }

  /** The first-level table's page is a guest's; the second level and the buffer are the host's. */
  private void streamTableInGuestPage(ActiveMaster by) {
    long configuration = driver.streams().configuration();
    long slots =
        1L << (StrtabBaseCfg.LOG2SIZE.get(configuration) - StrtabBaseCfg.SPLIT.get(configuration));
    if (StrtabBaseCfg.FMT.get(configuration) == 0) {
      return; // a linear table is covered by the CPU's own refusal to fill it
    }
    int split = (int) StrtabBaseCfg.SPLIT.get(configuration);
    long tableBytes = Math.max(Victim.BYTES, slots * StreamTableDescriptor.BYTES);
    long secondBytes = (long) Ste.BYTES << split;
    long table = system.hostMemory().allocateBytes(tableBytes);
    long second = system.hostMemory().allocateBytes(secondBytes);
    long buffer = system.hostMemory().allocateBytes(Victim.BYTES);
    long stream = Integer.toUnsignedLong(by.stream().streamId());
    long slot = table + (stream >>> split) * StreamTableDescriptor.BYTES;
    long entry = second + (stream & ((1L << split) - 1)) * Ste.BYTES;
    long[] bypass = Entries.bypass();
    for (int i = 0; i < Ste.WORDS; i++) {
      system.cpu().memory().write64(entry + (long) i * Long.BYTES, bypass[i]);
    }
    system.cpu().memory().write64(slot, second | StreamTableDescriptor.SPAN.of(split + 1));
    Victim victim = system.victimAt(slot & -(long) Victim.BYTES);
    system.giveAway(victim);
    driver.enable(SmmuDriver.RUNNING & ~Cr0.SMMUEN.mask());
    driver.placeStreamTable(table, configuration);
    system.forget();
    driver.enable(SmmuDriver.RUNNING);
    boolean used = by.device().read(by.stream(), buffer, new byte[8]) == DmaMaster.Result.OK;
    journal.mustFail(
        "the host puts " + name + "'s stream table into a guest's page",
        used,
        () -> system.whyStopped() + "; " + system.whyMeasure(Measure.PIN_STREAM_TABLE));
    driver.acknowledgeErrors();
    restoreStreams();
  }

  /** With the SMMU off and GBPA.ABORT clear, traffic would pass untranslated (IHI 0070 6.3.15). */
  private void bypassByRegisters(ActiveMaster by) {
    Victim victim = system.newVictim();
    system.giveAway(victim);
    system.forget();
    driver.registers().write(Register.GBPA, Gbpa.UPDATE.of(1));
    String refusal = system.whyTrapped();
    driver.enable(SmmuDriver.RUNNING & ~Cr0.SMMUEN.mask());
    boolean read =
        by.device().read(by.stream(), victim.address(), new byte[8]) == DmaMaster.Result.OK;
    by.device().write(by.stream(), victim.address(), new byte[] {1, 2, 3, 4});
    journal.mustFail(
        "the host disables "
            + name
            + " and sets GBPA to bypass, and a master reads and writes a"
            + " guest's page",
        read || !victim.intact(),
        () -> refusal);
    restoreStreams();
  }

  private void restoreStreams() {
    driver.enable(SmmuDriver.RUNNING & ~Cr0.SMMUEN.mask());
    driver.placeStreamTable(driver.streams().address(), driver.streams().configuration());
    driver.enable(SmmuDriver.RUNNING);
  }

  /** IRQ_CTRL takes any value harmlessly: does the hardware's register change by a DMA write? */
  private void registersByDma(ActiveMaster by) {
    long iova = 1L << 36;
    by.domain().map(iova, registerBase, Victim.BYTES);
    long before = system.hardwareRegister(registerBase, Register.IRQ_CTRL);
    system.forget();
    boolean written =
        by.device().write(by.stream(), iova + Register.IRQ_CTRL.offset(), new byte[4])
            == DmaMaster.Result.OK;
    boolean changed = system.hardwareRegister(registerBase, Register.IRQ_CTRL) != before;
    journal.mustFail(
        by.name() + " writes " + name + "'s registers by DMA",
        written || changed,
        system::whyStopped);
    by.domain().unmap(iova, Victim.BYTES);
  }
}
