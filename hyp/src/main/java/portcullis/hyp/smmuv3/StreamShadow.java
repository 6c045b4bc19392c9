package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.Ste;
import portcullis.store.Cell;
import portcullis.store.Flag;
import portcullis.store.Store;

/**
 * Carries the host's STEs over into the shadow stream table: each copied once, judged by {@link
 * StePolicy}, and written (series part 19).
 *
 * <p>The host decides how many STEs it names at once, up to every stream of its table by a single
 * command. So a trap does a bounded part of the work, and the same call in a later one carries on.
 */
final class StreamShadow {
  /** The most that one trap does, in STEs looked at or arrays of STEs skipped. */
  static final int MAX_WORK = 1 << 16;

  /** What a change costs that hardware has to be told of and waited for, in the same unit. */
  private static final int LIVE_CHANGE_WORK = 64;

  /** What it costs to look for valid STEs in an array: at one word of each, not at eight of two. */
  private static final int SCAN_WORK = ShadowStreamTable.L2_STES / (2 * Ste.WORDS);

  /** What {@link SpareTables#release} costs: a look at each word of the largest first level. */
  private static final int RELEASE_WORK =
      (1 << (ShadowStreamTable.MAX_BITS_TWO_LEVEL - ShadowStreamTable.SPLIT)) / (2 * Ste.WORDS);

  private final HostStreamTable host;
  private final ShadowStreamTable shadow;
  private final Stage2Root stage2;
  private final StePolicy policy;
  private final Identification identification;
  private final SpareTables spare;
  private final Sweep takingOver;
  private final Sweep refreshing;
  private final Flag takenOver;

  /** Done in this trap so far. */
  private final Cell work;

  StreamShadow(
      Store store,
      String name,
      HostStreamTable host,
      ShadowStreamTable shadow,
      Stage2Root stage2,
      StePolicy policy,
      Identification identification,
      SpareTables spare) {
    this.host = host;
    this.shadow = shadow;
    this.stage2 = stage2;
    this.policy = policy;
    this.identification = identification;
    this.spare = spare;
    spare.add(this);
    takingOver = new Sweep(store, name + ".strtab.taking_over");
    refreshing = new Sweep(store, name + ".strtab.refreshing");
    takenOver = store.flag(name + ".strtab.taken_over");
    work = store.cell(name + ".strtab.work");
  }

  /** A trap begins: there may be work again. */
  void begin() {
    work.set(0);
  }

  /**
   * Takes over all of the host's table, while hardware's CR0.SMMUEN is 0. Once it has, further
   * calls do nothing until {@link #close}.
   *
   * <p>What the shadow has of an earlier table is compared with what the host's says now, STE by
   * STE, and only what differs is written: a host that disables the SMMU and enables it again (a
   * driver's reset; runtime power management) costs a look at its table and no write, nor any
   * command. It may have changed anything meanwhile, so the look is at all of it: one word for each
   * descriptor and for each invalid STE, all eight of a valid one.
   *
   * @param strtabBase STRTAB_BASE as the host wrote it
   * @param cfg STRTAB_BASE_CFG
   * @return whether hardware may be enabled: the shadow is complete, and hardware has forgotten
   *     what it may have read of it before. If not, to be called again with the same arguments
   */
  boolean takeOver(long strtabBase, long cfg) {
    if (takenOver.get()) {
      return true;
    } else if (!shadow.answers()) {
      return false;
    }
    if (!isOpen()) {
      // A table that is not the host's is taken as one without streams: every access is aborted.
      host.open(
          strtabBase,
          cfg,
          ShadowStreamTable.coveredBits(identification.features()),
          identification.features().twoLevelStreamTable());
    }
    takenOver.set(sweep(takingOver, 0, shadow.streams(), false, false) && shadow.settle());
    return takenOver.get();
  }

  /** Whether a table is taken over, in part or all of it. */
  boolean isOpen() {
    return host.isOpen() || takenOver.get() || takingOver.isUnderWay();
  }

  /**
   * Gives the host's table up; hardware's CR0.SMMUEN is 0. The shadow stays as it is: nothing reads
   * it before {@link #takeOver} has looked at all of it.
   */
  void close() {
    host.close();
    takingOver.end();
    refreshing.end();
    takenOver.set(false);
  }

  /**
   * Frees what the shadow has for a table that the host has given up.
   *
   * @return whether that was anything
   */
  boolean discard() {
    return !isOpen() && shadow.discard();
  }

  /**
   * The STEs of {@code [first, first+count)} may have changed, while hardware's CR0.SMMUEN may be
   * 1. Streams that the shadow does not cover are skipped.
   *
   * @return whether all of them are done; if not, because it is too much for one trap or because
   *     hardware did not answer, to be called again with the same arguments
   */
  boolean refresh(long first, long count) {
    return refresh(first, Math.min(first + count, shadow.streams()), false);
  }

  /**
   * The STE of {@code sid} may have changed.
   *
   * @param leaf whether only that. If not, the first-level descriptor that leads to it may have
   *     changed too; where that is no longer valid, none of its STEs stays in the shadow
   * @return as {@link #refresh}
   */
  boolean refreshOne(long sid, boolean leaf) {
    return refresh(sid, Math.min(sid + 1, shadow.streams()), !leaf);
  }

  private boolean refresh(long first, long end, boolean widely) {
    return !host.isOpen() || (shadow.settle() && sweep(refreshing, first, end, true, widely));
  }

  /**
   * O(1) for each array of STEs that neither table has, else O(1) for each STE. A stream for whose
   * STE there is no memory stays invalid.
   *
   * @param widely whether an array that is not there is so for all its streams, not only for those
   *     of the range
   */
  private boolean sweep(Sweep sweep, long first, long end, boolean live, boolean widely) {
    long[] ste = new long[Ste.WORDS];
    long[] stage2Words = new long[Ste.WORDS];
    stage2.fillSte(stage2Words, identification.features().stallForced());
    stage2Words[Ste.EATS.word()] |=
        Ste.EATS.of(identification.offersAts() ? Ste.EATS_SPLIT : Ste.EATS_ABORT);
    long step = 1L << host.arrayBits();
    long sid = sweep.resume(first, end);
    boolean answered = true;
    while (sid < end && work.get() < MAX_WORK && answered) {
      long next = Math.min(end, (sid & -step) + step);
      long array = host.array(sid);
      long present = Math.clamp(host.arrayEnd(sid, array), sid, next);
      work.set(work.get() + 1);
      while (sid < present && work.get() < MAX_WORK && answered) {
        host.copy(sid, array, ste);
        policy.complete(ste, stage2Words);
        answered = write(sid, ste, live);
        sid += answered ? 1 : 0;
      }
      if (sid == present && sid < next && answered) {
        boolean whole = widely && array == HostStreamTable.NONE;
        answered =
            clear(
                whole ? host.descriptorStart(sid) : sid,
                whole ? Math.min(host.descriptorEnd(sid), shadow.streams()) : next,
                live);
        sid = answered ? next : sid;
      }
    }
    if (sid < end) {
      sweep.pause(first, end, sid);
      return false;
    }
    sweep.end();
    return true;
  }

  /** The host has no STE for any of {@code [first, end)}. */
  private boolean clear(long first, long end, boolean live) {
    boolean answered = true;
    for (long at = first; at < end && answered; ) {
      long next = Math.min(end, (at & -ShadowStreamTable.L2_STES) + ShadowStreamTable.L2_STES);
      if (shadow.populated(at)) {
        work.set(work.get() + SCAN_WORK);
        answered = done(shadow.clear(at, next, live), live);
      }
      at = next;
    }
    return answered;
  }

  /** Whether hardware answered. */
  private boolean write(long sid, long[] ste, boolean live) {
    ShadowStreamTable.Outcome outcome = shadow.write(sid, ste, live);
    while (outcome == ShadowStreamTable.Outcome.NO_MEMORY
        && work.get() < MAX_WORK
        && spare.release()) {
      work.set(work.get() + RELEASE_WORK);
      outcome = shadow.write(sid, ste, live);
    }
    if (outcome == ShadowStreamTable.Outcome.CHANGED && !Ste.V.isSet(ste[0])) {
      work.set(work.get() + SCAN_WORK);
    }
    return done(outcome, live);
  }

  /** Counts what {@code outcome} cost; whether hardware answered. */
  private boolean done(ShadowStreamTable.Outcome outcome, boolean live) {
    boolean waited = live && outcome == ShadowStreamTable.Outcome.CHANGED;
    work.set(work.get() + (waited ? LIVE_CHANGE_WORK : 1));
    return outcome != ShadowStreamTable.Outcome.NO_ANSWER;
  }
}
