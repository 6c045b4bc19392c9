package portcullis.machine.smmuv3;

import java.util.HashSet;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Register;
import portcullis.machine.Bus;
import portcullis.machine.MemoryHistory;
import portcullis.machine.smmuv3.caches.ConfigurationEntry;
import portcullis.machine.smmuv3.caches.InvalidationLog;
import portcullis.machine.smmuv3.caches.StreamWorld;
import portcullis.machine.smmuv3.caches.TlbTag;
import portcullis.machine.smmuv3.registers.RegisterFile;
import portcullis.machine.vmsa.TableWalk;

/**
 * Memory as one translation may have read it: a translator whose buses these are gets, for each
 * word, one of the values that the SMMU may hold of it, as {@link Choices} decides.
 *
 * <p>What is held was read at some time, and since then no complete invalidation has reached it. A
 * table is read through the entry that leads to it, which was then held; so times never decrease
 * along one walk. A walk of stage 2 is one of its own: only its leaf must be held when it is used.
 * Each {@link Span} is exactly the times that are possible for the values chosen so far: the union
 * over all times of reading of the times of holding is one interval again.
 *
 * <p>The words of one STE or CD are chosen independently: an SMMU may read them in any order, each
 * 64 bits at once (IHI 0070 3.21.3). The Stream table's base is the registers' present one.
 *
 * <p>Translations of EL2's StreamWorlds that were made for a configuration which was lost before
 * the last CMD_TLBI_NSNH_ALL are not told, although that command leaves them.
 *
 * <p>All of it is scratch that means nothing before {@link #begin}.
 */
final class PastReads {
  private static final int LAST_WORD = ConfigurationEntry.WORDS - 1;

  private final Bus memory;
  private final MemoryHistory history;
  private final InvalidationLog invalidations;
  private final Choices choices;
  private final RegisterFile registers;

  private final Bus streamDescriptors = new Words(this::streamDescriptor);
  private final Bus streamEntries = new Words(this::streamEntry);
  private final Bus contextDescriptors = new Words(this::contextDescriptor);
  private final Bus contextEntries = new Words(this::contextEntry);
  private final Bus stage1Tables = new Words(this::stage1Table);
  private final Bus stage2Tables = new Words(this::stage2Table);

  private Translation t;
  private long now;

  /** When every translation of the EL1 StreamWorld was lost, the last time. */
  private long lastOfAll;

  /** When the STE, and the CD, may have been held. */
  private final Span ste = new Span();

  private final Span cd = new Span();

  /** The walk so far, from the CD or the STE on. */
  private final Span main = new Span();

  /** The walk of stage 2 so far, and whether its result is yet to be used. */
  private final Span below = new Span();

  private boolean stage2Open;

  /** What has been read so far. */
  private boolean contextBegun;

  private boolean contextRead;
  private boolean stage1Begun;

  /** Of the words of a structure read so far: the latest first, the earliest last time. */
  private final Span structure = new Span();

  private boolean impossible;

  private boolean stage2Alone;
  private final Set<Visit> seen = new HashSet<>();

  /** The version of a word that is looked at; see {@link #present}. */
  private final Span version = new Span();

  private final Span piece = new Span();
  private long replaced;
  private long made;

  private final LongUnaryOperator afterSte;
  private final LongUnaryOperator afterCd;

  /**
   * Reads of the past.
   *
   * @param memory the present
   */
  PastReads(
      Bus memory,
      MemoryHistory history,
      InvalidationLog invalidations,
      Choices choices,
      RegisterFile registers) {
    this.memory = memory;
    this.history = history;
    this.invalidations = invalidations;
    this.choices = choices;
    this.registers = registers;
    afterSte = time -> invalidations.nextSte(time, t.streamId());
    afterCd = time -> invalidations.nextCd(time, t.streamId(), substream());
  }

  /** A read of a table of stage 2, and when it may be made. */
  private record Visit(long pa, long first, long last, long configuredSince) {}

  private interface Word {
    long read(long pa);
  }

  /** One role's reads. */
  private final class Words implements Bus {
    private final Word word;

    Words(Word word) {
      this.word = word;
    }

    @Override
    public boolean responds(long pa) {
      return memory.responds(pa);
    }

    @Override
    public long read(long pa, int bytes) {
      assert bytes == Long.BYTES;
      return word.read(pa);
    }

    @Override
    public void write(long pa, int bytes, long value) {
      memory.write(pa, bytes, value);
    }

    /** An update of what is not there any more cannot have been made. */
    @Override
    public boolean compareAndSwap(long pa, long expected, long value) {
      impossible |= !memory.compareAndSwap(pa, expected, value);
      return true;
    }
  }

  /** All that translations read, out of the past. */
  Fetches fetches() {
    return new Fetches(
        streamDescriptors,
        streamEntries,
        contextDescriptors,
        contextEntries,
        memory,
        stage1Tables,
        stage2Tables);
  }

  /**
   * A question about stage 2 alone begins: its runs leave out configurations that are not held now,
   * and what another run has come to already.
   */
  void askStage2() {
    stage2Alone = true;
    seen.clear();
  }

  /** A question about all of a translation begins. */
  void askAll() {
    stage2Alone = false;
  }

  /** A run begins, for {@code translation}. */
  void begin(Translation translation) {
    t = translation;
    now = history.now();
    lastOfAll = invalidations.lastOfAll();
    ste.set(history.oldest(), now);
    stage2Open = false;
    contextBegun = false;
    contextRead = false;
    stage1Begun = false;
    impossible = false;
  }

  /** Whether no times fit the choices of this run. */
  boolean impossible() {
    return impossible;
  }

  private long streamDescriptor(long pa) {
    int split = StreamTable.split(registers.get(Register.STRTAB_BASE_CFG));
    // It was held when the STE was read, which was after the last invalidation of that.
    long read = invalidations.lastOfSte(usefulSince(), t.streamId());
    long held = invalidations.lastOfStreamDescriptor(read, t.streamId(), split);
    ste.first = Math.max(ste.first, held);
    long value = choose(pa, ste);
    hold(ste, invalidations.nextStreamDescriptor(ste.last, t.streamId(), split));
    return value;
  }

  private long streamEntry(long pa) {
    if (index(pa) == 0) {
      long held = invalidations.lastOfSte(usefulSince(), t.streamId());
      ste.first = Math.max(ste.first, held);
    }
    return chooseOf(pa, ste, afterSte);
  }

  private long contextDescriptor(long pa) {
    beginContext();
    long value = choose(pa, main);
    hold(
        main,
        invalidations.nextContextDescriptor(
            main.last, t.streamId(), substream(), ContextTable.split(t.ste)));
    return value;
  }

  private long contextEntry(long pa) {
    beginContext();
    if (index(pa) == 0) {
      long held = invalidations.lastOfCd(usefulSince(), t.streamId(), substream());
      main.first = Math.max(main.first, held);
    }
    long value = chooseOf(pa, main, afterCd);
    // Complete with the last word.
    cd.set(main);
    contextRead = true;
    return value;
  }

  private int substream() {
    return Math.max(0, t.substreamId());
  }

  private void beginContext() {
    if (!contextBegun) {
      contextBegun = true;
      main.set(ste);
    }
    useStage2();
  }

  private long stage1Table(long pa) {
    boolean first = !stage1Begun;
    stage1Begun = true;
    if (first) {
      main.set(cd);
      forgetLost(main);
    } else {
      holdStage1(TlbTag.table(t.stage1.walk));
    }
    if (stage2Open) {
      useStage2();
      if (!first) {
        holdStage1(TlbTag.table(t.stage1.walk));
      }
    }
    return choose(pa, main);
  }

  private void holdStage1(long tag) {
    hold(main, invalidations.nextTlbi(main.last, tag, t.cd.effectiveAddress(t.iova())));
  }

  private long stage2Table(long pa) {
    TableWalk walk = t.stage2.walk;
    if (walk.level == walk.shape.startLevel) {
      below.set(ste);
      if (stage1Begun || !t.ste.stage1) {
        forgetLost(below);
      }
      stage2Open = true;
    } else {
      hold(below, invalidations.nextTlbi(below.last, TlbTag.table(walk), walk.input));
    }
    if (stage2Alone && choices.isNew()) {
      // What follows depends on nothing else.
      impossible |= !seen.add(new Visit(pa, below.first, below.last, ste.first));
    }
    return choose(pa, below);
  }

  /** A walk for a translation that is held now began after all were lost. */
  private void forgetLost(Span walk) {
    boolean el1 = TlbTag.world(t.ste.stage1Space) == StreamWorld.EL1.ordinal();
    if (el1 && !stage2Alone) {
      walk.first = Math.max(walk.first, lastOfAll);
    }
  }

  /**
   * Until when a configuration must have been held to matter: what was made of one that was lost
   * before all translations were is lost as well.
   */
  private long usefulSince() {
    return stage2Alone ? now : lastOfAll;
  }

  /** The result of the walk of stage 2, which has found a leaf, is used by the main walk. */
  private void useStage2() {
    if (stage2Open) {
      stage2Open = false;
      holdStage2();
      main.meet(below);
      impossible |= main.isEmpty();
    }
  }

  private void holdStage2() {
    long tag = TlbTag.leaf(t.ste.stage2Space, t.stage2);
    hold(below, invalidations.nextTlbi(below.last, tag, t.stage2.walk.input));
  }

  /** What was read in {@code span} is held until {@code invalidated}. */
  private void hold(Span span, long invalidated) {
    span.last = Math.min(now, invalidated - 1);
  }

  /** One of the values that a word had at a time of {@code span}, which then has only those. */
  private long choose(long pa, Span span) {
    if (impossible || span.isEmpty()) {
      impossible = true;
      return memory.read(pa, Long.BYTES);
    }
    int count = 0;
    present(pa);
    do {
      count += overlap(span) ? 1 : 0;
    } while (version.first > span.first && older());
    int left = choices.next(count);
    present(pa);
    while (!overlap(span) || left-- != 0) {
      older();
    }
    span.set(piece);
    return value(pa);
  }

  /**
   * As {@link #choose}, for one of the eight words of an STE or CD: it was read and the structure
   * not invalidated from the first read to the last, in whatever order.
   *
   * @param next when what was read at some time of the structure was invalidated
   */
  private long chooseOf(long pa, Span span, LongUnaryOperator next) {
    int index = index(pa);
    if (index == 0) {
      structure.set(span);
    }
    long value;
    if (impossible || span.isEmpty()) {
      impossible = true;
      value = memory.read(pa, Long.BYTES);
    } else {
      int count = 0;
      present(pa);
      do {
        count += fitsStructure(span, next) ? 1 : 0;
      } while (version.first > span.first && older());
      int left = choices.next(count);
      present(pa);
      while (!fitsStructure(span, next) || left-- != 0) {
        older();
      }
      structure.set(Math.max(structure.first, piece.first), Math.min(structure.last, piece.last));
      value = value(pa);
    }
    if (index == LAST_WORD) {
      span.set(structure.first, Math.min(now, next.applyAsLong(structure.last) - 1));
    }
    return value;
  }

  private static int index(long pa) {
    return (int) (pa >>> 3) & LAST_WORD;
  }

  private boolean fitsStructure(Span span, LongUnaryOperator next) {
    if (!overlap(span)) {
      return false;
    }
    long latest = Math.max(structure.first, piece.first);
    long earliest = Math.min(structure.last, piece.last);
    return latest <= earliest || latest < next.applyAsLong(earliest);
  }

  // The versions of a word, from the present one back: the number of the change that replaced it
  // (none for the present one), and of the change that made it.

  private void present(long pa) {
    replaced = MemoryHistory.NONE;
    made = history.lastChange(pa);
    version.set(since(made), now);
  }

  private boolean older() {
    if (made == MemoryHistory.NONE) {
      return false;
    }
    replaced = made;
    made = history.changeBefore(replaced);
    version.set(since(made), replaced - 1);
    return true;
  }

  private long since(long change) {
    return change == MemoryHistory.NONE ? history.oldest() : change;
  }

  /** Whether the version was there at a time of {@code span}: then these are in {@link #piece}. */
  private boolean overlap(Span span) {
    piece.set(span);
    piece.meet(version);
    return !piece.isEmpty();
  }

  private long value(long pa) {
    return replaced == MemoryHistory.NONE
        ? memory.read(pa, Long.BYTES)
        : history.valueBefore(replaced);
  }

  // What the run's result says, once it is over.

  /** Whether the SMMU may hold, now, the STE and what was read of the CD or the way to it. */
  boolean configurationHeld() {
    return !impossible
        && ste.contains(now)
        && (!contextBegun || (contextRead ? cd : main).contains(now));
  }

  /** Whether a CD was read. */
  boolean contextRead() {
    return contextRead;
  }

  /** Whether the SMMU may hold, now, the translation that the run has found. */
  boolean translationHeld() {
    if (stage1Begun) {
      return stage1Held();
    }
    if (stage2Open) {
      holdStage2();
      return !impossible && below.contains(now);
    }
    return !impossible;
  }

  /** The leaf of stage 1, and then the entry of both stages, are reached by the same commands. */
  private boolean stage1Held() {
    holdStage1(stage1Leaf());
    if (stage2Open) {
      useStage2();
      holdStage1(stage1Leaf());
    }
    return !impossible && main.contains(now);
  }

  /**
   * Whether the SMMU may hold, now, what makes the run fault: no entry is made of a descriptor that
   * translates nothing, so that one must be there now (IHI 0070 3.21.1).
   */
  boolean faultHeld() {
    boolean leaf = t.event() == EventType.F_PERMISSION;
    if (stage2Open) {
      if (leaf) {
        holdStage2();
      }
      if (stage1Begun) {
        boolean own = t.faultClass() == FaultClass.IN;
        holdStage1(own ? stage1Leaf() : TlbTag.table(t.stage1.walk));
        main.meet(below);
      }
      return !impossible && below.contains(now) && (!stage1Begun || main.contains(now));
    }
    if (stage1Begun && leaf) {
      holdStage1(stage1Leaf());
    }
    return !impossible && (!stage1Begun || main.contains(now));
  }

  /**
   * Whether the run's fault was met below the start level of its walk: the table is one that a walk
   * for another configuration with the same tags may have left.
   */
  boolean faultsBelowRoot() {
    TableWalk walk = (stage1Begun ? t.stage1 : t.stage2).walk;
    return walk.level > walk.shape.startLevel;
  }

  /**
   * Whether the SMMU may hold, now, the stage-2 translation that the run has found, or an entry
   * that combines it with a stage 1, whatever that is.
   */
  boolean stage2HeldSomehow() {
    holdStage2();
    return !impossible
        && !below.isEmpty()
        && (below.contains(now)
            || now < invalidations.nextOfAllStage1(below.last, TlbTag.vmid(t.ste.stage2Space)));
  }

  private long stage1Leaf() {
    long tag = TlbTag.leaf(t.stage1.walk.space, t.stage1);
    return global() ? TlbTag.global(tag) : tag;
  }

  private boolean global() {
    return t.cd.isGlobal(t.stage1.walk.descriptor);
  }

  /** What a lookup must ask for to find the translation that the run has found. */
  long key() {
    if (!stage1Begun) {
      return TlbTag.key(t.ste.stage2Space);
    }
    long space = t.stage1.walk.space;
    return global() ? TlbTag.globalKey(space) : TlbTag.key(space);
  }
}
