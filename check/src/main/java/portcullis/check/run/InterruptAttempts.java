package portcullis.check.run;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Sync;
import portcullis.board.Smmu;
import portcullis.host.SmmuDriver;
import portcullis.machine.InterruptLatch;
import portcullis.machine.smmuv3.InterruptLine;

/**
 * What an SMMU has to tell the host must reach it: MSIs are hidden, so by wire (IHI 0070 3.18).
 * Some of the edges are hardware's, some EL2's.
 */
final class InterruptAttempts {
  static final String NOT_FOLLOWED = "the wires of the platform's own SMMU are not seen";

  private final ProtectedSystem system;
  private final SmmuDriver driver;
  private final Smmu smmu;
  private final InterruptLatch wires;
  private final Journal journal;

  InterruptAttempts(ProtectedSystem system, SmmuDriver driver, Smmu smmu, Journal journal) {
    this.system = system;
    this.driver = driver;
    this.smmu = smmu;
    this.journal = journal;
    wires = system.machine().interrupts(smmu);
  }

  /**
   * All of them.
   *
   * @param by a master behind the SMMU
   */
  void receive(Optional<ActiveMaster> by) {
    by.ifPresent(master -> reaches("event interrupt", InterruptLine.EVENTQ, () -> event(master)));
    reaches("CMD_SYNC interrupt", InterruptLine.CMDQ_SYNC, () -> sync(Sync.CS_IRQ));
    String event = "wake-up event of a CMD_SYNC";
    if (driver.features().sev()) {
      reaches(event, InterruptLine.SEV, () -> sync(Sync.CS_SEV));
    } else {
      journal.skip(text(event), "it sends none: IDR0.SEV is 0");
    }
    reaches("error interrupt", InterruptLine.GERROR, this::illegalCommand);
  }

  /**
   * Does what must signal.
   *
   * @param cause whether what it is about happened
   */
  private void reaches(String what, InterruptLine line, BooleanSupplier cause) {
    if (!system.machine().followedWires().contains(line)) {
      journal.skip(text(what), NOT_FOLLOWED);
      return;
    }
    wires.take(line);
    boolean happened = cause.getAsBoolean();
    boolean signalled = wires.take(line) != 0;
    journal.mustWork(
        text(what),
        happened && signalled,
        () -> happened ? "no edge of " + line : "its cause is lost");
  }

  private String text(String what) {
    return "%s's %s reaches the host".formatted(smmu.name(), what);
  }

  /** Nothing is mapped at the first page of the address space. */
  private boolean event(ActiveMaster by) {
    driver.events().drain((word0, word1, word2, word3) -> {});
    by.touch(0);
    return driver.events().drain((word0, word1, word2, word3) -> {}) == 1;
  }

  private boolean sync(long signal) {
    driver.commands().command(Command.OPCODE.of(Opcode.SYNC.code()) | Sync.CS.of(signal), 0);
    return driver.commands().sync();
  }

  /** Opcode 0 is reserved (IHI 0070 4.1.1). */
  private boolean illegalCommand() {
    driver.commands().command(0, 0);
    boolean consumed = driver.commands().sync();
    int error = driver.commands().error();
    driver.acknowledgeErrors();
    return !consumed && error == CommandError.CERROR_ILL && driver.commands().sync();
  }
}
