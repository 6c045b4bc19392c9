package portcullis.check.run;

import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Sync;
import portcullis.board.Smmu;
import portcullis.host.SmmuDriver;
import portcullis.hyp.mem.PageCondition;
import portcullis.hyp.mem.PageTransition;

/**
 * What the host tries with one SMMU's queues and interrupts. After each, the SMMU works again, but
 * for {@link #giveRunningMemoryAway}.
 */
final class QueueAttempts {
  /** Bytes of an event record (IHI 0070 7.3). */
  private static final int EVENT_BYTES = 32;

  static final String NO_MESSAGES = "it has no interrupts by message: IDR0.MSI is 0";

  private final ProtectedSystem system;
  private final SmmuDriver driver;
  private final String name;
  private final long registerBase;
  private final Journal journal;

  QueueAttempts(ProtectedSystem system, SmmuDriver driver, Smmu smmu, Journal journal) {
    this.system = system;
    this.driver = driver;
    this.name = smmu.name();
    this.registerBase = smmu.registers().base();
    this.journal = journal;
  }

  /** Commands lie ready in the page before it is given away; were they consumed afterwards? */
  void commandQueueInGuestPage() {
    long address = driver.commands().address();
    int log2 = driver.commands().log2();
    Victim victim = system.newVictim();
    for (int i = 0; i < victim.words(); i += 2) {
      victim.fill(system.cpu(), i, Opcode.SYNC.code());
    }
    if (!system.giveAway(victim, journal)) {
      return;
    }
    driver.enable(SmmuDriver.RUNNING & ~Cr0.CMDQEN.mask());
    driver.placeCommandQueue(victim.address(), log2InPage(Command.BYTES));
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
                    system.whyPage(PageTransition.PIN, PageCondition.GUEST)));
    // Acknowledged while the queue still ran, it would stop at the same command again.
    driver.enable(SmmuDriver.RUNNING & ~Cr0.CMDQEN.mask());
    driver.acknowledgeErrors();
    driver.placeCommandQueue(address, log2);
    driver.enable(SmmuDriver.RUNNING);
  }

  /** A fault makes an event; was it written into the page? */
  void eventQueueInGuestPage(ActiveMaster by) {
    long address = driver.events().address();
    int log2 = driver.events().log2();
    Victim victim = system.newVictim();
    if (!system.giveAway(victim, journal)) {
      return;
    }
    driver.enable(SmmuDriver.RUNNING & ~Cr0.EVENTQEN.mask());
    driver.placeEventQueue(victim.address(), log2InPage(EVENT_BYTES));
    driver.enable(SmmuDriver.RUNNING);
    fault(by);
    journal.mustFail(
        "the host puts " + name + "'s event queue into a guest's page, and a master faults",
        !victim.intact(),
        () ->
            (driver.eventQueueAborted() ? "the host sees GERROR.EVENTQ_ABT_ERR; " : "")
                + system.whyPage(PageTransition.PIN, PageCondition.GUEST));
    driver.acknowledgeErrors();
    driver.enable(SmmuDriver.RUNNING & ~Cr0.EVENTQEN.mask());
    driver.placeEventQueue(address, log2);
    driver.enable(SmmuDriver.RUNNING);
  }

  /** An interrupt as a message is a write to an address that no stage translates. */
  void eventInterruptToGuestPage(ActiveMaster by) {
    String what =
        "the host sends " + name + "'s event interrupt to a guest's page, and a master faults";
    if (!system.sendsMessages(registerBase)) {
      journal.skipForbidden(what, NO_MESSAGES);
      return;
    }
    Victim victim = system.newVictim();
    if (!system.giveAway(victim, journal)) {
      return;
    }
    driver.events().drain((word0, word1, word2, word3) -> {});
    system.forget();
    interrupts(0);
    driver.registers().write(Register.EVENTQ_IRQ_CFG0, victim.address());
    String refusal = system.whyTrapped();
    interrupts(IrqCtrl.EVENTQ_IRQEN.of(1) | IrqCtrl.GERROR_IRQEN.of(1));
    fault(by);
    journal.mustFail(what, !victim.intact(), () -> refusal);
    interrupts(0);
    driver.registers().write(Register.EVENTQ_IRQ_CFG0, 0);
    interrupts(IrqCtrl.EVENTQ_IRQEN.of(1) | IrqCtrl.GERROR_IRQEN.of(1));
  }

  private void interrupts(long enabled) {
    driver.registers().writeAcknowledged(Register.IRQ_CTRL, Register.IRQ_CTRLACK, enabled);
  }

  /** CMD_SYNC can ask for a message when it completes (IHI 0070 4.7.3). */
  void syncInterruptToGuestPage() {
    String what = "the host sends " + name + "'s CMD_SYNC completion to a guest's page";
    if (!system.sendsMessages(registerBase)) {
      journal.skipForbidden(what, NO_MESSAGES);
      return;
    }
    Victim victim = system.newVictim();
    if (!system.giveAway(victim, journal)) {
      return;
    }
    driver
        .commands()
        .command(
            Command.OPCODE.of(Opcode.SYNC.code()) | Sync.CS.of(Sync.CS_IRQ),
            Sync.MSIADDRESS.inPlace(victim.address()));
    boolean completed = driver.commands().sync();
    if (!completed) {
      journal.mustWork(name + " completes the host's CMD_SYNC", false, system::whyTrapped);
      return;
    }
    journal.mustFail(what, !victim.intact(), () -> system.whyCommand(Opcode.SYNC));
  }

  /** log2 of the entries that fill one page. */
  private int log2InPage(int entryBytes) {
    return Integer.numberOfTrailingZeros(system.pageBytes() / entryBytes);
  }

  /** Nothing is mapped at the first page of the address space. */
  private static void fault(ActiveMaster by) {
    by.touch(0);
  }

  /** Pages that EL2 or hardware reads and writes at this moment, for the host. */
  void giveRunningMemoryAway() {
    giveAway("command queue", driver.commands().address());
    giveAway("event queue", driver.events().address());
    giveAway("stream table", driver.streams().address());
  }

  private void giveAway(String what, long address) {
    journal.mustFail(
        "the host gives " + name + "'s running " + what + " to a guest",
        system.tryGiveAway(address),
        () -> system.whyPage(PageTransition.DONATE_GUEST, PageCondition.HOST_PINNED));
  }
}
