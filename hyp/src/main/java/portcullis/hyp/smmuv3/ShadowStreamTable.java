package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBase;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.hyp.Status;
import portcullis.hyp.mem.PageServices;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.platform.Platform;
import portcullis.smmu.Commands;
import portcullis.smmu.Features;
import portcullis.store.Cell;
import portcullis.store.Flag;
import portcullis.store.Store;

/**
 * The only stream table that hardware sees: in EL2's memory, written by EL2 (series part 18). The
 * first level is allocated at full size at boot; second-level tables of 256 STEs as the host uses
 * them. A stream that it does not cover is aborted with C_BAD_STREAMID or C_BAD_STE.
 *
 * <p>Its memory is bounded: a second-level table, 16 KiB or a page where that is larger, is there
 * only while it has a valid STE, and goes with the last one as soon as hardware has confirmed that
 * it forgot the way there. So what the host's table had and has no more costs nothing, however
 * often it changes. While CR0.SMMUEN is 0 the tables stay as they were, for whoever enables the
 * same streams again, but are {@linkplain #discard spare}. Besides, none is added that would take
 * the pool below a quarter ({@link #KEPT_SHARE}): what pages that change hands may need is not
 * spent on streams. The price is that a device whose STE is invalid, as are the 255 around it, is
 * told of by C_BAD_STREAMID, if CR2.RECINVSID asks for that, where the host's own table would have
 * given C_BAD_STE.
 */
final class ShadowStreamTable {

  /** What came of one STE's {@link #write}. */
  enum Outcome {
    /** Hardware has it already. */
    UNCHANGED,
    /** Hardware now has it. */
    CHANGED,
    /** There is no memory for it: the stream is invalid. */
    NO_MEMORY,
    /** Hardware did not answer in time: the stream is invalid, or has its old STE or the new. */
    NO_ANSWER
  }

  /** StreamID bits that a second-level table resolves. */
  static final int SPLIT = 8;

  /** The most StreamID bits that a two-level table covers, as in Linux: 1 MiB of first level. */
  static final int MAX_BITS_TWO_LEVEL = 25;

  /** The most StreamID bits that a linear table covers: 4 MiB. */
  static final int MAX_BITS_LINEAR = 16;

  /** One in so many pages of the pool is not for second-level tables. */
  static final int KEPT_SHARE = 4;

  /** STEs of a second-level table. */
  static final int L2_STES = 1 << SPLIT;

  private static final int L2_BYTES = Ste.BYTES << SPLIT;

  private final Platform platform;
  private final PageServices pages;
  private final SmmuRegisters hardware;
  private final ShadowCommandQueue commands;
  private final Statistics statistics;
  private final CacheCleaner cleaner;
  private final boolean invalidates;
  private final Flag twoLevel;
  private final Cell bits;
  private final Cell base;

  /** Hardware may still hold what is in the table no more. */
  private final Flag stale;

  /**
   * The first-level descriptor of the table that is to be freed once hardware has confirmed that it
   * knows no way there; 0 if none is.
   */
  private final Cell leaving;

  ShadowStreamTable(
      Store store,
      String name,
      Platform platform,
      PageServices pages,
      SmmuRegisters hardware,
      ShadowCommandQueue commands,
      Statistics statistics,
      CacheCleaner cleaner,
      SmmuPolicy policy) {
    this.platform = platform;
    this.pages = pages;
    this.hardware = hardware;
    this.commands = commands;
    this.statistics = statistics;
    this.cleaner = cleaner;
    invalidates = policy.protections().takes(Measure.INVALIDATE_CONFIGURATION);
    twoLevel = store.flag(name + ".strtab.two_level");
    bits = store.cell(name + ".strtab.log2size");
    base = store.cell(name + ".strtab.base");
    stale = store.flag(name + ".strtab.stale");
    leaving = store.cell(name + ".strtab.leaving");
  }

  /** Bits of the StreamIDs that the table covers; the host sees them as IDR1.SIDSIZE. */
  static int coveredBits(Features features) {
    return Math.min(
        features.sidBits(), usesTwoLevels(features) ? MAX_BITS_TWO_LEVEL : MAX_BITS_LINEAR);
  }

  private static boolean usesTwoLevels(Features features) {
    return features.twoLevelStreamTable() && features.sidBits() > SPLIT;
  }

  /**
   * Allocates the first level, every stream invalid, and gives it to hardware, whose CR0.SMMUEN is
   * 0.
   *
   * @return OK or NO_MEMORY
   */
  Status start(Features features) {
    twoLevel.set(usesTwoLevels(features));
    bits.set(coveredBits(features));
    long pa = pages.pool().allocate(pageCount(firstLevelBytes()));
    if (pa < 0) {
      return Status.NO_MEMORY;
    }
    base.set(pa);
    clean(pa, firstLevelBytes());
    place();
    return Status.OK;
  }

  /** Gives the table to hardware, whose CR0.SMMUEN is 0. */
  void place() {
    hardware.write(Register.STRTAB_BASE, base.get() | StrtabBase.RA.of(1));
    hardware.write(
        Register.STRTAB_BASE_CFG,
        StrtabBaseCfg.FMT.of(twoLevel.get() ? 1 : 0)
            | (twoLevel.get() ? StrtabBaseCfg.SPLIT.of(SPLIT) : 0)
            | StrtabBaseCfg.LOG2SIZE.of(bits.get()));
  }

  /** Frees the table of an SMMU that is given back; hardware no longer uses it. */
  void stop() {
    if (base.get() != 0) {
      pages.pool().free(base.get(), pageCount(firstLevelBytes()));
      base.set(0);
    }
  }

  /** How many StreamIDs the table covers. */
  long streams() {
    return 1L << bits.get();
  }

  /** Whether there is a table for the {@code 1 << SPLIT} STEs around {@code sid}. */
  boolean populated(long sid) {
    return !twoLevel.get() || platform.memory().read64(firstLevelEntry(sid)) != 0;
  }

  /** Whether hardware finds the table for the {@code 1 << SPLIT} STEs around {@code sid}. */
  private boolean linked(long sid) {
    return !twoLevel.get()
        || StreamTableDescriptor.SPAN.get(platform.memory().read64(firstLevelEntry(sid))) != 0;
  }

  /** Whether hardware finds a valid STE for {@code sid}. */
  private boolean valid(long sid) {
    return linked(sid) && Ste.V.isSet(platform.memory().read64(addressOf(sid)));
  }

  /**
   * Writes the STE of {@code sid} so that hardware sees either the old one, none, or the new one,
   * never a mixture (IHI 0070 3.21.3): a change of one word at once; else a live STE is first made
   * invalid, and its first word, with V, is written last. Does nothing where nothing changes.
   *
   * @param sid below {@link #streams}
   * @param ste eight words; of an invalid one only V counts
   * @param live whether hardware may read the table: CR0.SMMUEN. Then it has forgotten what changed
   *     before ({@link #settle}); if not, it will have before it may
   */
  Outcome write(long sid, long[] ste, boolean live) {
    if (!Ste.V.isSet(ste[0])) {
      return valid(sid) ? clear(sid, sid + 1, live) : Outcome.UNCHANGED;
    } else if (!linked(sid)) {
      if (populated(sid)) {
        unlink(sid, live);
      }
      if (!addSecondLevel(sid)) {
        return Outcome.NO_MEMORY;
      }
    }
    return replace(sid, ste, live);
  }

  private Outcome replace(long sid, long[] ste, boolean live) {
    long at = addressOf(sid);
    int changes = 0;
    int lastChange = 0;
    for (int word = 0; word < Ste.WORDS; word++) {
      if (platform.memory().read64(at + 8L * word) != ste[word]) {
        changes++;
        lastChange = word;
      }
    }
    if (changes == 0) {
      return Outcome.UNCHANGED;
    }
    Statistics.increment(statistics.shadowStes);
    if (changes == 1) {
      platform.memory().write64(at + 8L * lastChange, ste[lastChange]);
      clean(at, Ste.BYTES);
      return forget(sid, live);
    }
    if (Ste.V.isSet(platform.memory().read64(at))) {
      platform.memory().write64(at, 0);
      clean(at, Ste.BYTES);
      if (forget(sid, live) == Outcome.NO_ANSWER) {
        if (twoLevel.get() && validStes(sid & -L2_STES, (sid & -L2_STES) + L2_STES) == 0) {
          leaving.set(detach(sid));
        }
        return Outcome.NO_ANSWER;
      }
    }
    for (int word = 1; word < Ste.WORDS; word++) {
      platform.memory().write64(at + 8L * word, ste[word]);
    }
    clean(at, Ste.BYTES);
    platform.barrier();
    platform.memory().write64(at, ste[0]);
    clean(at, Ste.BYTES);
    return forget(sid, live);
  }

  /**
   * Makes the STEs of {@code [first, end)} invalid, all at once and with one wait; if the table
   * then has no valid one, it goes, with the same wait. O(STEs of a table).
   *
   * @param first below {@link #streams}
   * @param end at most the end of the {@code 1 << SPLIT} STEs around {@code first}
   * @param live as for {@link #write}
   */
  Outcome clear(long first, long end, boolean live) {
    if (!populated(first)) {
      return Outcome.UNCHANGED;
    } else if (!linked(first)) {
      return unlink(first, live);
    }
    long from = first & -L2_STES;
    int inside = validStes(first, end);
    int all = validStes(from, from + L2_STES);
    Statistics.add(statistics.shadowStes, inside);
    if (inside == all && twoLevel.get()) {
      return unlink(first, live);
    } else if (inside == 0) {
      return Outcome.UNCHANGED;
    }
    long last = addressOf(from) + (end - from) * Ste.BYTES;
    for (long at = addressOf(first); at < last; at += Ste.BYTES) {
      if (Ste.V.isSet(platform.memory().read64(at))) {
        platform.memory().write64(at, 0);
        clean(at, Ste.BYTES);
      }
    }
    return end == first + 1 ? forget(first, live) : forgetTable(first, live);
  }

  /** How many STEs of {@code [first, end)}, which share a table, hardware finds valid. */
  private int validStes(long first, long end) {
    int valid = 0;
    long last = Math.min(end, streams());
    for (long at = addressOf(first), sid = first; sid < last; at += Ste.BYTES, sid++) {
      valid += Ste.V.isSet(platform.memory().read64(at)) ? 1 : 0;
    }
    return valid;
  }

  /**
   * Frees every second-level table; hardware's CR0.SMMUEN is 0, and {@link #settle} comes before it
   * is 1. O(size of the first level), and none of it where there is no such table.
   *
   * @return whether there was one
   */
  boolean discard() {
    if (statistics.tablePages.get() == 0) {
      return false;
    }
    long end = base.get() + firstLevelBytes();
    for (long entry = base.get(); entry < end; entry += StreamTableDescriptor.BYTES) {
      if (platform.memory().read64(entry) != 0) {
        release(entry);
      }
    }
    platform.barrier();
    stale.set(stale.get() || invalidates);
    return true;
  }

  /**
   * Makes hardware forget what is in the table no more, if it may hold such a thing, and frees what
   * waits for that.
   *
   * @return whether it has. If not, it did not answer in time, or is known to hang
   */
  boolean settle() {
    if (!stale.get()) {
      return true;
    } else if (!answers()) {
      return false;
    }
    Commands.cfgiAll(commands);
    if (!confirm()) {
      return false;
    }
    if (leaving.get() != 0) {
      release(leaving.get());
    }
    return true;
  }

  /** Frees the table, if there is one, that waits for hardware, if that answers by now. */
  void mend() {
    if (leaving.get() != 0) {
      settle();
    }
  }

  /** Whether hardware is not known to hang: else nothing is changed that it has to be told of. */
  boolean answers() {
    return commands.answers();
  }

  /** Makes hardware read the STE of {@code sid} afresh, and its first-level descriptor. */
  private Outcome forget(long sid, boolean live) {
    platform.barrier();
    if (told(live)) {
      return Outcome.CHANGED;
    }
    Commands.cfgiSte(commands, (int) sid, false);
    return confirm() ? Outcome.CHANGED : Outcome.NO_ANSWER;
  }

  /**
   * Makes hardware read the {@code 1 << SPLIT} STEs around {@code sid} and their descriptor afresh.
   */
  private Outcome forgetTable(long sid, boolean live) {
    platform.barrier();
    if (told(live)) {
      return Outcome.CHANGED;
    }
    Commands.cfgiSteRange(commands, (int) sid, SPLIT);
    return confirm() ? Outcome.CHANGED : Outcome.NO_ANSWER;
  }

  /**
   * Whether hardware need not be told of a change now: it reads no table while CR0.SMMUEN is 0, nor
   * caches anything (IHI 0070 6.3.9.6), so {@link #settle} does that before it is 1.
   */
  private boolean told(boolean live) {
    if (!live && invalidates) {
      stale.set(true);
    }
    return !live || !invalidates;
  }

  /**
   * Takes a second-level table away. Until hardware has confirmed that it knows no way there, the
   * first level keeps the address, invalid, and the table stays allocated. While CR0.SMMUEN is 0
   * there is nothing to confirm first: hardware reads no table.
   */
  private Outcome unlink(long sid, boolean live) {
    long entry = detach(sid);
    if (forgetTable(sid, live) == Outcome.NO_ANSWER) {
      leaving.set(entry);
      return Outcome.NO_ANSWER;
    }
    release(entry);
    return Outcome.CHANGED;
  }

  /**
   * Lets hardware find no way to a second-level table, which is to be freed later.
   *
   * @return its first-level descriptor's address
   */
  private long detach(long sid) {
    long entry = firstLevelEntry(sid);
    long descriptor = platform.memory().read64(entry);
    if (StreamTableDescriptor.SPAN.get(descriptor) != 0) {
      platform.memory().write64(entry, StreamTableDescriptor.SPAN.with(descriptor, 0));
      clean(entry, StreamTableDescriptor.BYTES);
    }
    return entry;
  }

  /** Frees the table that a first-level descriptor led to; hardware knows no way there. */
  private void release(long entry) {
    long descriptor = platform.memory().read64(entry);
    platform.memory().write64(entry, 0);
    clean(entry, StreamTableDescriptor.BYTES);
    pages.pool().free(StreamTableDescriptor.L2PTR.inPlace(descriptor), pageCount(L2_BYTES));
    Statistics.add(statistics.tablePages, -pageCount(L2_BYTES));
    if (leaving.get() == entry) {
      leaving.set(0);
    }
  }

  /** Waits until hardware has forgotten; whether it has. */
  private boolean confirm() {
    boolean confirmed = commands.sync();
    stale.set(!confirmed);
    return confirmed;
  }

  private boolean addSecondLevel(long sid) {
    long left = pages.pool().available() - pageCount(L2_BYTES);
    if (left < pages.pool().size() / KEPT_SHARE) {
      return false;
    }
    long pa = pages.pool().allocate(pageCount(L2_BYTES));
    if (pa < 0) {
      return false;
    }
    Statistics.add(statistics.tablePages, pageCount(L2_BYTES));
    clean(pa, L2_BYTES);
    platform.barrier();
    platform.memory().write64(firstLevelEntry(sid), pa | StreamTableDescriptor.SPAN.of(SPLIT + 1));
    clean(firstLevelEntry(sid), StreamTableDescriptor.BYTES);
    return true;
  }

  private void clean(long pa, long bytes) {
    cleaner.clean(Measure.CLEAN_STREAM_TABLE, pa, bytes);
  }

  private long addressOf(long sid) {
    if (!twoLevel.get()) {
      return base.get() + sid * Ste.BYTES;
    }
    long descriptor = platform.memory().read64(firstLevelEntry(sid));
    return StreamTableDescriptor.L2PTR.inPlace(descriptor) + (sid & ((1 << SPLIT) - 1)) * Ste.BYTES;
  }

  private long firstLevelEntry(long sid) {
    return base.get() + (sid >>> SPLIT) * StreamTableDescriptor.BYTES;
  }

  private long firstLevelBytes() {
    return twoLevel.get()
        ? (long) StreamTableDescriptor.BYTES << (bits.get() - SPLIT)
        : (long) Ste.BYTES << bits.get();
  }

  private int pageCount(long bytes) {
    return (int) ((bytes + (1L << pages.pageShift()) - 1) >>> pages.pageShift());
  }
}
