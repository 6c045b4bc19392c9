package portcullis.check.run;

import java.util.OptionalLong;
import portcullis.arch.smmu.Cr0;
import portcullis.board.Smmu;
import portcullis.host.SmmuDriver;
import portcullis.hyp.mem.PageCondition;
import portcullis.hyp.mem.PageTransition;
import portcullis.machine.DmaMaster;

/**
 * What the host tries with accesses of a platform device that its stage 1 stalls (IHI 0070 3.12.2):
 * it changes what they will find, and ends the stall. Afterwards the SMMU works as before.
 */
final class StallAttempts {
  private static final long IOVA = 1L << 39;

  /** Mapped while an access to {@link #IOVA} is stalled, to the same page. */
  private static final long USED = 2 * IOVA;

  /** log2 of the event records that fill one page. */
  private static final int EVENT_BITS = 7;

  private static final String NO_STALLS = "its SMMU does not stall: IDR0.STALL_MODEL is 0b01";

  private final ProtectedSystem system;
  private final ActiveMaster master;
  private final SmmuDriver driver;
  private final StallingStream stream;
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
    this.stream = new StallingStream(system, master);
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
    stream.letStall();
    resume();
    abort();
    terminate();
    retryIntoGuestPage();
    recordIntoGuestPage();
    master.reattach();
  }

  /**
   * Lets the device write where stage 1 maps nothing.
   *
   * @return the tag of the stall; empty if there was none, or none was recorded
   */
  private OptionalLong stall(byte[] data) {
    stream.drainToTag();
    return master.start(IOVA, data) == DmaMaster.Result.HELD
        ? stream.drainToTag()
        : OptionalLong.empty();
  }

  /** What became of the stalled write; one that still waits is ended. */
  private DmaMaster.Result settle() {
    DmaMaster.Result result = master.device().settle();
    if (result == DmaMaster.Result.HELD) {
      stream.terminateAll();
      master.device().settle();
    }
    return result;
  }

  private void resume() {
    byte[] data = Payload.of(7);
    long page = system.newPage();
    OptionalLong tag = stall(data);
    boolean worked = false;
    if (tag.isPresent()) {
      master.domain().map(IOVA, page, system.pageBytes());
      stream.retry(tag.getAsLong());
      worked = settle() == DmaMaster.Result.OK && system.holds(page, data);
      master.domain().unmap(IOVA, system.pageBytes());
    }
    journal.mustWork(resumed, worked, system::whyStopped);
  }

  private void abort() {
    OptionalLong tag = stall(Payload.of(8));
    boolean worked = false;
    if (tag.isPresent()) {
      stream.abort(tag.getAsLong());
      worked = settle() == DmaMaster.Result.STOPPED;
    }
    journal.mustWork(aborted, worked, system::whyStopped);
  }

  private void terminate() {
    OptionalLong tag = stall(Payload.of(9));
    boolean worked = false;
    if (tag.isPresent()) {
      stream.terminateAll();
      worked = settle() == DmaMaster.Result.STOPPED;
    }
    journal.mustWork(ended, worked, system::whyStopped);
  }

  /** The device has used the page, so that TLBs may still have it. */
  private void retryIntoGuestPage() {
    Victim victim = system.newVictim();
    master.domain().map(USED, victim.address(), system.pageBytes());
    master.write(USED, Payload.of(10));
    OptionalLong tag = stall(Payload.of(11));
    if (tag.isPresent() && system.giveAway(victim, journal)) {
      master.domain().map(IOVA, victim.address(), system.pageBytes());
      system.forget();
      stream.retry(tag.getAsLong());
      boolean written = settle() == DmaMaster.Result.OK;
      journal.mustFail(retried, written || !victim.intact(), system::whyStopped);
      victim.remember();
      master.domain().unmap(IOVA, system.pageBytes());
    }
    master.domain().unmap(USED, system.pageBytes());
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
      stream.terminateAll();
      settle();
    }
  }
}
