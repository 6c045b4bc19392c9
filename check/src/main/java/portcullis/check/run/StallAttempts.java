package portcullis.check.run;

import java.util.Optional;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Resume;
import portcullis.arch.smmu.Ste;
import portcullis.board.Smmu;
import portcullis.host.Entries;
import portcullis.host.SmmuDriver;
import portcullis.hyp.mem.PageCondition;
import portcullis.hyp.mem.PageTransition;
import portcullis.machine.DmaMaster;
import portcullis.smmu.Commands;

/**
 * What the host tries with accesses of a platform device that its stage 1 stalls (IHI 0070 3.12.2):
 * it changes what they will find, and ends the stall. Afterwards the SMMU works as before.
 */
final class StallAttempts {
  private static final long IOVA = 1L << 39;

  /** Mapped while an access to {@link #IOVA} is stalled, to the same page. */
  private static final long USED = IOVA + Payload.BYTES;

  /** log2 of the event records that fill one page. */
  private static final int EVENT_BITS = 7;

  private static final String NO_STALLS = "its SMMU does not stall: IDR0.STALL_MODEL is 0b01";

  private final ProtectedSystem system;
  private final ActiveMaster master;
  private final SmmuDriver driver;
  private final Journal journal;
  private final String retried;
  private final String recorded;
  private final String resumed;
  private final String aborted;
  private final String ended;

  StallAttempts(ProtectedSystem system, ActiveMaster master, Smmu smmu, Journal journal) {
    this.system = system;
    this.master = master;
    this.driver = master.driver();
    this.journal = journal;
    String write = "a stalled write of " + master.name();
    resumed = write + " is retried by CMD_RESUME when its page is mapped";
    aborted = write + " is aborted by CMD_RESUME";
    ended = write + " is aborted by CMD_STALL_TERM";
    retried = write + " is retried by CMD_RESUME when its page is a guest's";
    recorded =
        "the host puts %s's event queue into a guest's page, and a stall waits to be recorded"
            .formatted(smmu.name());
  }

  /** All of them. */
  void attack() {
    if (!driver.features().stalls()) {
      journal.skip(resumed, NO_STALLS);
      journal.skip(aborted, NO_STALLS);
      journal.skip(ended, NO_STALLS);
      journal.skipForbidden(retried, NO_STALLS);
      journal.skipForbidden(recorded, NO_STALLS);
      return;
    }
    letStall();
    resume();
    abort();
    terminate();
    retryIntoGuestPage();
    recordIntoGuestPage();
    master.reattach();
  }

  /** Stage 1 stalls what it does not map: CD.S 1, STE.S1STALLD 0. */
  private void letStall() {
    int stream = master.stream().streamId();
    long[] ste = driver.entry(stream);
    long cd = Ste.S1CONTEXTPTR.inPlace(ste[Ste.S1CONTEXTPTR.word()]);
    driver.install(stream, Entries.abort());
    system.cpu().memory().write64(cd, system.cpu().memory().read64(cd) | Cd.S.mask());
    Commands.cfgiCd(driver.commands(), stream, 0, true);
    ste[Ste.S1STALLD.word()] = Ste.S1STALLD.with(ste[Ste.S1STALLD.word()], 0);
    driver.install(stream, ste);
  }

  /**
   * Lets the device write where stage 1 maps nothing.
   *
   * @return the tag of the stall; empty if there was none, or none was recorded
   */
  private Optional<Long> stall(byte[] data) {
    driver.events().drain((word0, word1, word2, word3) -> {});
    if (master.start(IOVA, data) != DmaMaster.Result.HELD) {
      return Optional.empty();
    }
    return stallRecord();
  }

  private Optional<Long> stallRecord() {
    long[] tag = {-1};
    driver
        .events()
        .drain(
            (word0, word1, word2, word3) -> {
              if (Event.STALL.isSet(word1)) {
                tag[0] = Event.STAG.get(word1);
              }
            });
    return tag[0] < 0 ? Optional.empty() : Optional.of(tag[0]);
  }

  /** CMD_RESUME of one stall. */
  private void resume(long tag, long action) {
    long stream = Integer.toUnsignedLong(master.stream().streamId());
    driver
        .commands()
        .command(
            Command.OPCODE.of(Opcode.RESUME.code()) | Resume.STREAMID.of(stream) | action,
            Resume.STAG.of(tag));
    driver.commands().sync();
  }

  private void terminateAll() {
    long stream = Integer.toUnsignedLong(master.stream().streamId());
    driver
        .commands()
        .command(Command.OPCODE.of(Opcode.STALL_TERM.code()) | Resume.STREAMID.of(stream), 0);
    driver.commands().sync();
  }

  /** What became of the stalled write; one that still waits is ended. */
  private DmaMaster.Result settle() {
    DmaMaster.Result result = master.device().settle();
    if (result == DmaMaster.Result.HELD) {
      terminateAll();
      master.device().settle();
    }
    return result;
  }

  private void resume() {
    byte[] data = Payload.of(7);
    long page = system.newPage();
    Optional<Long> tag = stall(data);
    boolean worked = false;
    if (tag.isPresent()) {
      master.domain().map(IOVA, page, Payload.BYTES);
      resume(tag.get(), Resume.AC.of(Resume.AC_RETRY));
      worked = settle() == DmaMaster.Result.OK && system.holds(page, data);
      master.domain().unmap(IOVA, Payload.BYTES);
    }
    journal.mustWork(resumed, worked, system::whyStopped);
  }

  private void abort() {
    Optional<Long> tag = stall(Payload.of(8));
    boolean worked = false;
    if (tag.isPresent()) {
      resume(tag.get(), Resume.AC.of(Resume.AC_TERMINATE) | Resume.AB.of(1));
      worked = settle() == DmaMaster.Result.STOPPED;
    }
    journal.mustWork(aborted, worked, system::whyStopped);
  }

  private void terminate() {
    Optional<Long> tag = stall(Payload.of(9));
    boolean worked = false;
    if (tag.isPresent()) {
      terminateAll();
      worked = settle() == DmaMaster.Result.STOPPED;
    }
    journal.mustWork(ended, worked, system::whyStopped);
  }

  /** The device has used the page, so that TLBs may still have it. */
  private void retryIntoGuestPage() {
    Victim victim = system.newVictim();
    master.domain().map(USED, victim.address(), Payload.BYTES);
    master.write(USED, Payload.of(10));
    Optional<Long> tag = stall(Payload.of(11));
    if (tag.isPresent() && system.giveAway(victim, journal)) {
      master.domain().map(IOVA, victim.address(), Payload.BYTES);
      system.forget();
      resume(tag.get(), Resume.AC.of(Resume.AC_RETRY));
      boolean written = settle() == DmaMaster.Result.OK;
      journal.mustFail(retried, written || !victim.intact(), system::whyStopped);
      victim.remember();
      master.domain().unmap(IOVA, Payload.BYTES);
    }
    master.domain().unmap(USED, Payload.BYTES);
  }

  /** A stall's record is not lost, but waits for a queue that it can be written to (7.2.1). */
  private void recordIntoGuestPage() {
    long address = driver.events().address();
    int log2 = driver.events().log2();
    Victim victim = system.newVictim();
    if (!system.giveAway(victim, journal)) {
      return;
    }
    driver.enable(SmmuDriver.RUNNING & ~Cr0.EVENTQEN.mask());
    DmaMaster.Result result = master.start(IOVA, Payload.of(12));
    driver.placeEventQueue(victim.address(), EVENT_BITS);
    driver.enable(SmmuDriver.RUNNING);
    journal.mustFail(
        recorded, !victim.intact(), () -> system.whyPage(PageTransition.PIN, PageCondition.GUEST));
    driver.acknowledgeErrors();
    driver.enable(SmmuDriver.RUNNING & ~Cr0.EVENTQEN.mask());
    driver.placeEventQueue(address, log2);
    driver.enable(SmmuDriver.RUNNING);
    if (result == DmaMaster.Result.HELD) {
      terminateAll();
      settle();
    }
  }
}
