package portcullis.check.run;

import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import portcullis.arch.smmu.Cd;
import portcullis.host.Entries;
import portcullis.machine.DmaMaster;
import portcullis.pgtable.Result;
import portcullis.platform.HostAbort;

/** What one master does: DMA that must work, and then every way to a page that was given away. */
final class DmaAttempts {
  /** A page is moved at a time; the buffer's other page shows that a transfer crosses it. */
  private static final int BUFFER_PAGES = 2;

  private static final int BUFFER_BYTES = BUFFER_PAGES * Victim.BYTES;

  private final ProtectedSystem system;
  private final ActiveMaster master;
  private final SplittableRandom random;
  private final Journal journal;
  private final long iova;

  DmaAttempts(
      ProtectedSystem system, ActiveMaster master, SplittableRandom random, Journal journal) {
    this.system = system;
    this.master = master;
    this.random = random;
    this.journal = journal;
    this.iova = random.nextLong(1L << 20, 1L << 34) & -(long) BUFFER_BYTES;
  }

  /** Moves data both ways between the host and the master through {@code path}. */
  void move(String path, long busAddress, long buffer) {
    byte[] data = new byte[BUFFER_BYTES];
    fill(data);
    for (int i = 0; i < BUFFER_BYTES; i += Long.BYTES) {
      system.cpu().memory().write64(buffer + i, word(data, i));
    }
    byte[] read = new byte[BUFFER_BYTES];
    boolean sent =
        master.device().read(master.stream(), busAddress, read) == DmaMaster.Result.OK
            && Arrays.equals(data, read);
    journal.mustWork(
        master.name() + " reads the host's buffer through " + path, sent, system::whyStopped);
    fill(data);
    boolean received =
        master.device().write(master.stream(), busAddress, data) == DmaMaster.Result.OK;
    for (int i = 0; i < BUFFER_BYTES && received; i += Long.BYTES) {
      received = system.cpu().memory().read64(buffer + i) == word(data, i);
    }
    journal.mustWork(
        master.name() + " writes the host's buffer through " + path, received, system::whyStopped);
  }

  private void fill(byte[] data) {
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) random.nextInt();
    }
  }

  private static long word(byte[] data, int at) {
    long word = 0;
    for (int i = Long.BYTES - 1; i >= 0; i--) {
      word = (word << 8) | (data[at + i] & 0xff);
    }
    return word;
  }

  /** DMA through stage 1 alone, as before EL2 is there. */
  void moveThroughStage1() {
    long buffer = system.hostMemory().allocateBytes(BUFFER_BYTES);
    master.domain().map(iova, buffer, BUFFER_BYTES);
    move("stage 1", iova, buffer);
    master.domain().unmap(iova, BUFFER_BYTES);
    system.hostMemory().freeBytes(buffer, BUFFER_BYTES);
  }

  /** DMA through stage 1 and stage 2, then through stage 2 alone. */
  void moveThroughBothAndStage2() {
    long buffer = system.hostMemory().allocateBytes(BUFFER_BYTES);
    master.domain().map(iova, buffer, BUFFER_BYTES);
    move("stage 1 and stage 2", iova, buffer);
    master.domain().unmap(iova, BUFFER_BYTES);
    master.driver().attachBypass(master.stream().streamId());
    move("stage 2", buffer, buffer);
    reattach();
    system.hostMemory().freeBytes(buffer, BUFFER_BYTES);
  }

  private void reattach() {
    master.driver().attach(master.stream().streamId(), master.domain());
  }

  /**
   * Uses a page by DMA, gives it to a guest, and tries to get at it.
   *
   * @return the page, if EL2 let it be given away
   */
  Optional<Victim> attack() {
    Victim victim = system.newVictim();
    long page = victim.address();
    master.domain().map(iova, page, Victim.BYTES);
    byte[] secret = new byte[Victim.BYTES];
    fill(secret);
    boolean used = master.device().write(master.stream(), iova, secret) == DmaMaster.Result.OK;
    journal.mustWork(
        master.name() + " writes a page that is still the host's", used, system::whyStopped);
    if (!system.giveAway(victim, journal)) {
      return Optional.empty();
    }
    attempt(victim, iova, "through the mapping it had");
    master.driver().attachBypass(master.stream().streamId());
    attempt(victim, page, "through a bypass STE");
    reattach();
    long fresh = iova + (1L << 35);
    if (master.domain().map(fresh, page, Victim.BYTES) == Result.OK) {
      attempt(victim, fresh, "through a stage-1 table that newly points there");
      master.domain().unmap(fresh, Victim.BYTES);
    }
    byHostCpu(victim);
    return Optional.of(victim);
  }

  private void attempt(Victim victim, long busAddress, String how) {
    byte[] data = new byte[Victim.BYTES];
    system.forget();
    boolean read = master.device().read(master.stream(), busAddress, data) == DmaMaster.Result.OK;
    journal.mustFail(master.name() + " reads a guest's page " + how, read, system::whyStopped);
    fill(data);
    system.forget();
    boolean written =
        master.device().write(master.stream(), busAddress, data) == DmaMaster.Result.OK;
    journal.mustFail(
        master.name() + " writes a guest's page " + how,
        written || !victim.intact(),
        system::whyStopped);
    victim.remember();
  }

  private void byHostCpu(Victim victim) {
    journal.mustFail(
        "the host's CPU reads the guest's page that "
            + master.device().description().name()
            + " used",
        reaches(() -> system.cpu().memory().read64(victim.address())),
        () -> "CPU stage 2: data abort");
  }

  private static boolean reaches(Runnable access) {
    try {
      access.run();
      return true;
    } catch (HostAbort _) {
      return false;
    }
  }

  /** A context descriptor in a guest's page: would EL2 or the SMMU read it for the host? */
  void contextDescriptorInGuestPage() {
    Victim victim = system.newVictim();
    long[] cd = master.domain().contextDescriptor();
    for (int i = 0; i < Cd.WORDS; i++) {
      victim.fill(system.cpu(), i, cd[i]);
    }
    long buffer = system.hostMemory().allocateBytes(Victim.BYTES);
    master.domain().map(iova, buffer, Victim.BYTES);
    if (!system.giveAway(victim, journal)) {
      return;
    }
    int stream = master.stream().streamId();
    master.driver().install(stream, Entries.abort());
    master.driver().install(stream, Entries.stage1(victim.address()));
    system.forget();
    boolean used = master.device().read(master.stream(), iova, new byte[8]) == DmaMaster.Result.OK;
    journal.mustFail(
        master.name() + " uses a context descriptor in a guest's page", used, system::whyStopped);
    reattach();
    master.domain().unmap(iova, Victim.BYTES);
    system.hostMemory().freeBytes(buffer, Victim.BYTES);
  }

  /** After the guest is gone and the page came back: the old mapping works again. */
  void useReclaimed(Victim victim) {
    journal.mustFail(
        "the host finds what the guest left in the page that "
            + master.device().description().name()
            + " used",
        !victim.wiped(),
        () -> "EL2: wiped on reclaim");
    byte[] data = new byte[Victim.BYTES];
    fill(data);
    byte[] back = new byte[Victim.BYTES];
    boolean works =
        master.device().write(master.stream(), iova, data) == DmaMaster.Result.OK
            && master.device().read(master.stream(), iova, back) == DmaMaster.Result.OK
            && Arrays.equals(data, back);
    journal.mustWork(
        master.name() + " writes and reads its page after reclaim", works, system::whyStopped);
    master.domain().unmap(iova, Victim.BYTES);
  }
}
