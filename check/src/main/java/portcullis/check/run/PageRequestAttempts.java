package portcullis.check.run;

import java.util.Optional;
import java.util.stream.Stream;
import portcullis.arch.smmu.AtcInv;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.PriEntry;
import portcullis.arch.smmu.PriResp;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.host.CommandQueue;
import portcullis.host.SmmuDriver;
import portcullis.host.SmmuRegisters;
import portcullis.hyp.mem.PageCondition;
import portcullis.hyp.mem.PageTransition;
import portcullis.machine.DmaMaster;
import portcullis.machine.InterruptLatch;
import portcullis.machine.smmuv3.InterruptLine;

/**
 * What the host and a PCI device try with page requests (IHI 0070 8) and the interrupts that a
 * device with ATS can cause. Afterwards the SMMU works as before.
 */
final class PageRequestAttempts {
  private static final long IOVA = 1L << 38;

  /** log2 of the requests that fill one page. */
  private static final int REQUEST_BITS = 8;

  private static final int INDEX_MASK = (1 << REQUEST_BITS) - 1;
  private static final int POINTER_MASK = (2 << REQUEST_BITS) - 1;

  /** More often than a device asks for one page. */
  private static final int MAX_ANSWERS = 8;

  private static final long RUNNING = SmmuDriver.RUNNING | Cr0.ATSCHK.mask();

  private final ProtectedSystem system;
  private final AtsStream ats;
  private final ActiveMaster master;
  private final SmmuRegisters registers;
  private final CommandQueue commands;
  private final long queue;

  PageRequestAttempts(ProtectedSystem system, AtsStream ats) {
    this.system = system;
    this.ats = ats;
    this.master = ats.master();
    registers = ats.driver().registers();
    commands = ats.driver().commands();
    queue = system.newPage();
  }

  /** All of them. */
  void attack() {
    Optional<String> missing = ats.lacksAts().or(ats::lacksPri);
    if (missing.isPresent()) {
      Stream.of(AtsAttempt.values())
          .filter(AtsAttempt::needsPri)
          .forEach(attempt -> ats.skip(attempt, missing.get()));
      return;
    }
    AtsDevice device = master.device().ats().orElseThrow();
    ats.requestAts();
    place(queue);
    device.enable(true, true);
    page();
    guestPage();
    device.enable(false, false);
    queueInGuestPage(device);
    requestMessage(device);
    errorMessage(device);
    ats.mustFail(
        AtsAttempt.RUNNING_QUEUE,
        system.tryGiveAway(queue),
        () -> system.whyPage(PageTransition.DONATE_GUEST, PageCondition.HOST_PINNED));
    ats.leave();
  }

  /** Turns the queue on, empty, in the page at {@code address}. */
  private void place(long address) {
    ats.writeCr0(RUNNING);
    registers.write(
        Register.PRIQ_BASE, QueueBase.ADDR.inPlace(address) | QueueBase.LOG2SIZE.of(REQUEST_BITS));
    registers.write(Register.PRIQ_PROD, 0);
    registers.write(Register.PRIQ_CONS, 0);
    ats.writeCr0(RUNNING | Cr0.PRIQEN.mask());
  }

  private void page() {
    long page = system.newPage();
    byte[] data = Payload.of(4);
    interrupts(enabled() | IrqCtrl.PRIQ_IRQEN.mask());
    InterruptLatch wires = system.machine().interrupts(ats.smmu());
    wires.take(InterruptLine.PRIQ);
    boolean worked =
        ask(data, page).equals(Optional.of(DmaMaster.Result.OK)) && system.holds(page, data);
    ats.mustWork(AtsAttempt.PAGE, worked, system::whyStopped);
    if (system.machine().followedWires().contains(InterruptLine.PRIQ)) {
      boolean signalled = wires.take(InterruptLine.PRIQ) != 0;
      ats.mustWork(AtsAttempt.PAGE_INTERRUPT, signalled, () -> "no edge of PRIQ");
    } else {
      ats.skip(AtsAttempt.PAGE_INTERRUPT, InterruptAttempts.NOT_FOLLOWED);
    }
    interrupts(enabled());
    forget();
  }

  /** Takes the mapping away, from the device's cache too. */
  private void forget() {
    master.domain().unmap(IOVA, system.pageBytes());
    invalidateDevice();
    commands.sync();
  }

  /** The device has used the page while it was the host's, by another address. */
  private void guestPage() {
    Victim victim = system.newVictim();
    long used = IOVA + system.pageBytes();
    master.domain().map(used, victim.address(), system.pageBytes());
    master.write(used, Payload.of(5));
    if (ats.give(victim)) {
      Optional<DmaMaster.Result> result = ask(Payload.of(6), victim.address());
      boolean written = result.isPresent() && result.get() == DmaMaster.Result.OK;
      ats.mustFail(
          AtsAttempt.GUEST_PAGE,
          // A device that does not have to ask has not been stopped by the answers.
          result.isEmpty() || written || !victim.intact(),
          () -> "each answer to the device allows neither reading nor writing");
      victim.remember();
      forget();
    }
    master.domain().unmap(used, system.pageBytes());
  }

  /**
   * Lets the device write where nothing is mapped, so that it asks for the page; the host maps one
   * and says that it is there, as often as it is asked.
   *
   * @return how its write ended; empty if it did not ask
   */
  private Optional<DmaMaster.Result> ask(byte[] data, long page) {
    DmaMaster.Result result = master.start(IOVA, data);
    if (result != DmaMaster.Result.HELD) {
      return Optional.empty();
    }
    master.domain().map(IOVA, page, system.pageBytes());
    for (int i = 0; i < MAX_ANSWERS && result == DmaMaster.Result.HELD; i++) {
      answerRequests();
      result = master.device().settle();
    }
    return Optional.of(result);
  }

  /** Takes every request, and says that its page is there. */
  private void answerRequests() {
    int read = (int) registers.read(Register.PRIQ_CONS) & POINTER_MASK;
    int end = (int) registers.read(Register.PRIQ_PROD) & POINTER_MASK;
    while (read != end) {
      long at = queue + (long) (read & INDEX_MASK) * PriEntry.BYTES;
      system.cpu().cleanAndInvalidate(at, PriEntry.BYTES);
      long stream = PriEntry.STREAMID.get(system.cpu().memory().read64(at));
      long group = PriEntry.PRGINDEX.get(system.cpu().memory().read64(at + Long.BYTES));
      read = (read + 1) & POINTER_MASK;
      registers.write(Register.PRIQ_CONS, read);
      commands.command(
          Command.OPCODE.of(Opcode.PRI_RESP.code()) | PriResp.STREAMID.of(stream),
          PriResp.PRGINDEX.of(group) | PriResp.RESP.of(PriResp.RESP_SUCCESS));
    }
    commands.sync();
  }

  /** Lets the device forget all that it has cached of the stream. */
  private void invalidateDevice() {
    long stream = Integer.toUnsignedLong(master.stream().streamId());
    commands.command(
        Command.OPCODE.of(Opcode.ATC_INV.code()) | AtcInv.STREAMID.of(stream),
        AtcInv.SIZE.of(AtcInv.SIZE_ALL));
  }

  private void queueInGuestPage(AtsDevice device) {
    Optional<Victim> victim = ats.guestPage();
    if (victim.isEmpty()) {
      return;
    }
    place(victim.get().address());
    device.askForPage(master.stream(), IOVA);
    ats.mustFail(
        AtsAttempt.QUEUE,
        !victim.get().intact(),
        () -> system.whyPage(PageTransition.PIN, PageCondition.GUEST));
    ats.driver().acknowledgeErrors();
    place(queue);
  }

  private void requestMessage(AtsDevice device) {
    message(
        AtsAttempt.REQUEST_MESSAGE,
        Register.PRIQ_IRQ_CFG0,
        () -> device.askForPage(master.stream(), IOVA));
  }

  /** The one error of hardware's that a device can make: an invalidation that times out. */
  private void errorMessage(AtsDevice device) {
    message(AtsAttempt.ERROR_MESSAGE, Register.GERROR_IRQ_CFG0, () -> leaveUnanswered(device));
  }

  private void leaveUnanswered(AtsDevice device) {
    device.ignoreInvalidations(true);
    invalidateDevice();
    commands.sync();
    device.ignoreInvalidations(false);
    ats.driver().acknowledgeErrors();
    commands.sync();
  }

  /** An interrupt as a message is a write to an address that no stage translates. */
  private void message(AtsAttempt attempt, Register address, Runnable cause) {
    if (!system.sendsMessages(ats.smmu().registers().base())) {
      ats.skip(attempt, QueueAttempts.NO_MESSAGES);
      return;
    }
    Optional<Victim> victim = ats.guestPage();
    if (victim.isEmpty()) {
      return;
    }
    interrupts(0);
    system.forget();
    registers.write(address, victim.get().address());
    String refusal = system.whyTrapped();
    interrupts(enabled() | IrqCtrl.PRIQ_IRQEN.mask());
    cause.run();
    ats.mustFail(attempt, !victim.get().intact(), () -> refusal);
    interrupts(0);
    registers.write(address, 0);
    interrupts(enabled());
  }

  /** What the host's driver enables. */
  private static long enabled() {
    return IrqCtrl.EVENTQ_IRQEN.of(1) | IrqCtrl.GERROR_IRQEN.of(1);
  }

  private void interrupts(long enables) {
    registers.writeAcknowledged(Register.IRQ_CTRL, Register.IRQ_CTRLACK, enables);
  }
}
