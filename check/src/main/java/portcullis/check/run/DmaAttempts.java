package portcullis.check.run;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import portcullis.arch.smmu.Cd;
import portcullis.host.Domain;
import portcullis.host.Entries;
import portcullis.pgtable.Result;
import portcullis.platform.HostAbort;
import portcullis.smmu.Commands;

/** What one master does: DMA that must work, and then every way to a page that was given away. */
final class DmaAttempts {
  /** A page is moved at a time; the buffer's other page shows that a transfer crosses it. */
  private static final int BUFFER_PAGES = 2;

  private final ProtectedSystem system;
  private final ActiveMaster master;
  private final SplittableRandom random;
  private final Journal journal;
  private final int pageBytes;
  private final int bufferBytes;
  private final long iova;

  DmaAttempts(
      ProtectedSystem system, ActiveMaster master, SplittableRandom random, Journal journal) {
    this.system = system;
    this.master = master;
    this.random = random;
    this.journal = journal;
    this.pageBytes = system.pageBytes();
    this.bufferBytes = BUFFER_PAGES * pageBytes;
    this.iova = random.nextLong(1L << 20, 1L << 34) & -(long) bufferBytes;
  }

  /** Moves data both ways between the host and the master through {@code path}. */
  void move(String path, long busAddress, long buffer) {
    byte[] data = random(bufferBytes);
    store(buffer, data);
    String reads = master.name() + " reads the host's buffer through " + path;
    if (master.canRead()) {
      byte[] read = new byte[bufferBytes];
      boolean sent = master.read(busAddress, read) && Arrays.equals(data, read);
      journal.mustWork(reads, sent, system::whyStopped);
    } else {
      journal.skip(reads, whyNoReads());
    }
    byte[] fresh = random(bufferBytes);
    master.write(busAddress, fresh);
    journal.mustWork(
        master.name() + " writes the host's buffer through " + path,
        master.wrote(fresh, system.load(buffer, bufferBytes)),
        system::whyStopped);
  }

  private String whyNoReads() {
    return master.device().cannotRead().orElseThrow();
  }

  private byte[] random(int bytes) {
    byte[] data = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      data[i] = (byte) random.nextInt();
    }
    return data;
  }

  /** The host's CPU fills memory, for a device that may not look into its caches. */
  private void store(long address, byte[] data) {
    ByteBuffer words = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < data.length; i += Long.BYTES) {
      system.cpu().memory().write64(address + i, words.getLong(i));
    }
    system.cpu().clean(address, data.length);
  }

  /** DMA through stage 1 alone, as before EL2 is there. */
  void moveThroughStage1() {
    long buffer = system.hostMemory().allocateBytes(bufferBytes);
    master.domain().map(iova, buffer, bufferBytes);
    move("stage 1", iova, buffer);
    master.domain().unmap(iova, bufferBytes);
    system.hostMemory().freeBytes(buffer, bufferBytes);
  }

  /** DMA through stage 1 and stage 2, then through stage 2 alone. */
  void moveThroughBothAndStage2() {
    long buffer = system.hostMemory().allocateBytes(bufferBytes);
    master.domain().map(iova, buffer, bufferBytes);
    move("stage 1 and stage 2", iova, buffer);
    master.domain().unmap(iova, bufferBytes);
    master.driver().attachBypass(master.stream().streamId());
    move("stage 2", buffer, buffer);
    master.reattach();
    system.hostMemory().freeBytes(buffer, bufferBytes);
  }

  /**
   * Uses a page by DMA, gives it to a guest, and tries to get at it.
   *
   * @return the page, if EL2 let it be given away
   */
  Optional<Victim> attack() {
    Victim victim = system.newVictim();
    long page = victim.address();
    master.domain().map(iova, page, pageBytes);
    byte[] used = random(pageBytes);
    master.write(iova, used);
    journal.mustWork(
        master.name() + " writes a page that is still the host's",
        master.wrote(used, system.load(page, pageBytes)),
        system::whyStopped);
    store(page, random(pageBytes));
    if (!system.giveAway(victim, journal)) {
      return Optional.empty();
    }
    attempt(victim, iova, "through the mapping it had");
    master.driver().attachBypass(master.stream().streamId());
    attempt(victim, page, "through a bypass STE");
    master.reattach();
    long fresh = iova + (1L << 35);
    if (master.domain().map(fresh, page, pageBytes) == Result.OK) {
      attempt(victim, fresh, "through a stage-1 table that newly points there");
      master.domain().unmap(fresh, pageBytes);
    }
    byHostCpu(victim);
    return Optional.of(victim);
  }

  private void attempt(Victim victim, long busAddress, String how) {
    String reads = master.name() + " reads a guest's page " + how;
    if (master.canRead()) {
      system.forget();
      boolean read = master.read(busAddress, new byte[pageBytes]);
      journal.mustFail(reads, read, system::whyStopped);
    } else {
      journal.skipForbidden(reads, whyNoReads());
    }
    system.forget();
    boolean written = master.write(busAddress, random(pageBytes));
    journal.mustFail(
        master.name() + " writes a guest's page " + how,
        written || !victim.intact(),
        system::whyStopped);
    victim.remember();
  }

  private void byHostCpu(Victim victim) {
    journal.mustFail(
        "the host's CPU reads the guest's page that " + master.device().name() + " used",
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
    long buffer = system.newPage();
    master.domain().map(iova, buffer, pageBytes);
    if (!system.giveAway(victim, journal)) {
      return;
    }
    int stream = master.stream().streamId();
    master.driver().install(stream, Entries.abort());
    master.driver().install(stream, Entries.stage1(victim.address()));
    system.forget();
    boolean used = master.touch(iova);
    journal.mustFail(
        master.name() + " uses a context descriptor in a guest's page", used, system::whyStopped);
    master.reattach();
    master.domain().unmap(iova, pageBytes);
    system.hostMemory().freeBytes(buffer, pageBytes);
  }

  /**
   * A root table in a guest's page: would the SMMU go on walking it for the host? It has walked it
   * while it was the host's; the addresses that are tried then lie behind other entries of it, so
   * that no cached translation or walk leads around it.
   */
  void translationTableInGuestPage() {
    int stream = master.stream().streamId();
    Domain domain = master.driver().newDomain();
    long buffer = system.newPage();
    long entry = domain == null ? 0 : domain.rootEntryBytes();
    if (domain == null
        || domain.map(iova, buffer, pageBytes) != Result.OK
        || domain.map(iova + entry, buffer, pageBytes) != Result.OK
        || domain.map(iova + 2 * entry, buffer, pageBytes) != Result.OK
        || !master.driver().attach(stream, domain)) {
      journal.mustWork(master.name() + " is given another domain", false, system::whyTrapped);
      return;
    }
    master.touch(iova);
    Victim root = system.victimAt(domain.root());
    if (system.giveAway(root, journal)) {
      String what = master.name() + " translates by a stage-1 table in a guest's page";
      walk(what, iova + entry, Optional.of(Deviation.TABLE_BASE_IN_CONFIGURATION));
      Commands.cfgiSte(master.driver().commands(), stream, true);
      master.driver().commands().sync();
      walk(what + ", its configuration fetched anew", iova + 2 * entry, Optional.empty());
    }
    master.reattach();
  }

  /** Uses a table that must not be used, unless {@code excuse} is a deviation of this machine. */
  private void walk(String what, long busAddress, Optional<Deviation> excuse) {
    system.forget();
    boolean used = master.touch(busAddress);
    if (used && excuse.filter(system.machine().deviations()::contains).isPresent()) {
      journal.deviated(what, excuse.get());
    } else {
      journal.mustFail(what, used, system::whyStopped);
    }
  }

  /** After the guest is gone and the page came back: the old mapping works again. */
  void useReclaimed(Victim victim) {
    journal.mustFail(
        "the host finds what the guest left in the page that " + master.device().name() + " used",
        !victim.wiped(),
        () -> "EL2: wiped on reclaim");
    byte[] data = random(pageBytes);
    master.write(iova, data);
    boolean written = master.wrote(data, system.load(victim.address(), pageBytes));
    if (master.canRead()) {
      byte[] back = new byte[pageBytes];
      boolean works = written && master.read(iova, back) && Arrays.equals(data, back);
      journal.mustWork(
          master.name() + " writes and reads its page after reclaim", works, system::whyStopped);
    } else {
      journal.mustWork(
          master.name() + " writes its page after reclaim", written, system::whyStopped);
    }
    master.domain().unmap(iova, pageBytes);
  }
}
