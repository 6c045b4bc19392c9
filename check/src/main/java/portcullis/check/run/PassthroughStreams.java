package portcullis.check.run;

import java.util.Set;
import java.util.function.Predicate;
import portcullis.board.StreamRange;
import portcullis.machine.Stream;

/**
 * Further streams of a master, spread over one of its ranges of StreamIDs, that the host lets
 * bypass its stage 1 (as Linux does for all with {@code iommu.passthrough=1}): EL2's stage 2 alone
 * is before them. They are tried one by one and reported together.
 */
final class PassthroughStreams {
  private final ProtectedSystem system;
  private final ActiveMaster master;
  private final StreamRange range;
  private final long wanted;
  private final Set<Stream> taken;
  private final Journal journal;

  /**
   * Streams that are not attached yet.
   *
   * @param master with the stream of this range that is behind stage 1
   * @param wanted how many streams, with the one that {@code master} uses; the range may have fewer
   * @param taken streams to leave as they are
   */
  PassthroughStreams(
      ProtectedSystem system,
      ActiveMaster master,
      long wanted,
      Set<Stream> taken,
      Journal journal) {
    this.system = system;
    this.master = master;
    this.range = master.range();
    this.wanted = Math.min(wanted, range.count());
    this.taken = taken;
    this.journal = journal;
  }

  /** Attaches them, and has each access a page of the host's. */
  void attach() {
    report(
        "the host lets %d more streams of %s bypass stage 1",
        true, stream -> master.driver().attachBypass(stream.streamId()));
    long page = system.newPage();
    report("%d more streams of %s access the host's page", true, stream -> touch(stream, page));
    system.hostMemory().freeBytes(page, system.pageBytes());
  }

  /** Gives a page to the guest that each of them has accessed, and has each try again. */
  void attack() {
    Victim victim = system.newVictim();
    report(
        "%d more streams of %s access a page that is still the host's",
        true, stream -> touch(stream, victim.address()));
    if (system.giveAway(victim, journal)) {
      system.forget();
      report(
          "%d more streams of %s access a guest's page",
          false, stream -> touch(stream, victim.address()));
      master.driver().events().drain((word0, word1, word2, word3) -> {});
    }
  }

  private boolean touch(Stream stream, long address) {
    return master.with(stream).touch(address);
  }

  /**
   * Does the same with each stream.
   *
   * @param expected whether it must work
   */
  private void report(String what, boolean expected, Predicate<Stream> action) {
    long tried = 0;
    long worked = 0;
    long chosen = Integer.toUnsignedLong(master.stream().streamId()) - range.first();
    for (long i = 1; i < wanted; i++) {
      long place = (chosen + i * range.count() / wanted) % range.count();
      Stream stream = Stream.of(range.smmu(), (int) (range.first() + place));
      if (!taken.contains(stream)) {
        tried++;
        worked += action.test(stream) ? 1 : 0;
      }
    }
    if (tried == 0) {
      return;
    }
    String told = what.formatted(tried, master.device().name());
    if (expected) {
      journal.mustWork(told, worked == tried, system::whyStopped);
    } else {
      journal.mustFail(told, worked != 0, system::whyStopped);
    }
  }
}
