package portcullis.machine.smmuv3;

import portcullis.machine.smmuv3.registers.ChangeCount;
import portcullis.store.Store;

/**
 * The last hits in the TLB of stage 1, each with all that came of it, so that the same access need
 * not ask configuration caches and TLB again.
 *
 * <p>It holds nothing that they would not give: an entry counts only while no register, no
 * configuration cache and no entry of the TLB has changed since. {@link ChangeCount} counts those
 * changes, but for undo and load, which {@link Store#epoch} counts. None of the counts falls, so
 * their sum tells. Hence it is not state, and which entries it has makes no difference.
 */
final class RecentHits {
  private static final int ENTRIES = 1024;
  private static final int ENTRY_WORDS = 4;
  private static final int ENTRY_SHIFT = Integer.numberOfTrailingZeros(ENTRY_WORDS);

  private static final int WHEN = 0;
  private static final int WHO = 1;

  /** The page, and in the offset's place what became of the access: the bits below. */
  private static final int INPUT = 2;

  /** The physical page, and in the offset's place the memory attributes. */
  private static final int OUTPUT = 3;

  private static final long OFFSET = 0xfff;
  private static final int NESTED = 1;
  private static final int PRIVILEGED = 1 << 1;
  private static final int INSTRUCTION = 1 << 2;

  /** Bits of a SubstreamID, and one for there being none. */
  private static final int SUBSTREAM_BITS = 21;

  private static final int TYPE_BITS = 3;

  /** Spread streams over the entries, and what substreams and kinds of access a stream has. */
  private static final int STREAM_STRIDE = 37;

  private static final int KIND_STRIDE = 129;

  private final Store store;
  private final ChangeCount configuration;
  private final ChangeCount translations;
  private final long[] entries = new long[ENTRIES * ENTRY_WORDS];

  /** By entry, PARTID and PMG. */
  private final int[] mpam = new int[ENTRIES];

  /** When the last entry was kept: where something has changed since, none counts. */
  private long lastKept = Long.MIN_VALUE;

  /**
   * Has no entry.
   *
   * @param configuration counts the changes of registers and configuration caches
   * @param translations counts the changes of the TLB
   */
  RecentHits(Store store, ChangeCount configuration, ChangeCount translations) {
    this.store = store;
    this.configuration = configuration;
    this.translations = translations;
    // No count is that large.
    for (int entry = 0; entry < entries.length; entry += ENTRY_WORDS) {
      entries[entry + WHEN] = Long.MIN_VALUE;
    }
  }

  /** Whether {@code t} is an access like one before, which it then ends like. */
  boolean recall(Translation t) {
    long now = now();
    if (lastKept != now) {
      return false;
    }
    long who = who(t);
    long iova = t.iova();
    int entry = entry(who, iova);
    if (entries[entry + WHEN] != now
        || entries[entry + WHO] != who
        || (entries[entry + INPUT] & ~OFFSET) != (iova & ~OFFSET)) {
      return false;
    }
    long became = entries[entry + INPUT];
    long output = entries[entry + OUTPUT];
    t.override((became & PRIVILEGED) != 0, (became & INSTRUCTION) != 0);
    t.label(mpam[entry >>> ENTRY_SHIFT]);
    return t.succeed(
        (became & NESTED) != 0 ? Path.NESTED : Path.STAGE_1,
        (output & ~OFFSET) | (iova & OFFSET),
        (int) (output & OFFSET));
  }

  /** Keeps {@code t}, which a hit in the TLB has just let through. */
  void keep(Translation t) {
    long who = who(t);
    int entry = entry(who, t.iova());
    lastKept = now();
    entries[entry + WHEN] = lastKept;
    entries[entry + WHO] = who;
    entries[entry + INPUT] =
        (t.iova() & ~OFFSET)
            | (t.path() == Path.NESTED ? NESTED : 0)
            | (t.privileged() ? PRIVILEGED : 0)
            | (t.instruction() ? INSTRUCTION : 0);
    entries[entry + OUTPUT] = (t.pa() & ~OFFSET) | t.memoryAttributes();
    mpam[entry >>> ENTRY_SHIFT] = t.mpam();
  }

  private long now() {
    return configuration.count() + translations.count() + store.epoch();
  }

  private static long who(Translation t) {
    long substream = t.substreamId() & (1L << SUBSTREAM_BITS) - 1;
    return ((long) t.streamId() << SUBSTREAM_BITS | substream) << TYPE_BITS | t.type().ordinal();
  }

  private static int entry(long who, long iova) {
    int page = (int) (iova >>> Long.bitCount(OFFSET));
    int stream = (int) (who >>> (SUBSTREAM_BITS + TYPE_BITS));
    return (page + stream * STREAM_STRIDE + (int) who * KIND_STRIDE & ENTRIES - 1) * ENTRY_WORDS;
  }
}
