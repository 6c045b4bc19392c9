package portcullis.machine.smmuv3.caches;

import portcullis.arch.smmu.Cfgi;
import portcullis.machine.MemoryHistory;
import portcullis.machine.smmuv3.profile.CacheKind;
import portcullis.store.Cell;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * Which invalidations there were, and when: what an SMMU whose caches are {@linkplain
 * CacheKind#ARCHITECTURAL architectural} can no longer hold (IHI 0070 3.21.1, 4.3, 4.4, 4.6).
 *
 * <p>An invalidation is as of the time at which its command was consumed, but only counts once a
 * later CMD_SYNC of its queue has completed (4.7.3, 3.5.6.1). Times are those of a {@link
 * MemoryHistory}: what was replaced before is gone.
 *
 * <p>It keeps {@value #CAPACITY} invalidations. CMD_TLBI_NSNH_ALL with CMD_CFGI_ALL makes those
 * before unnecessary; where there are more in spite of that, the older half is forgotten as if it
 * had reached everything: what an SMMU may hold is then told too small, never too large.
 */
public final class InvalidationLog {
  /** The most invalidations that are kept. */
  static final int CAPACITY = 1024;

  /** The time of what never happens. */
  static final long NEVER = Long.MAX_VALUE;

  private static final TlbScope[] TLB = TlbScope.values();
  private static final ConfigurationScope[] CONFIGURATION = ConfigurationScope.values();
  private static final DptScope[] DPT = DptScope.values();

  private static final int ENTRY_WORDS = 4;

  /** Word 0 of an entry; then which kind of command, and its words. */
  private static final int TIME = 0;

  private static final int KIND = 1;
  private static final int WORD0 = 2;
  private static final int WORD1 = 3;

  /** Instead of a queue: it is complete at once. */
  static final int BROADCAST = -1;

  /** Bits of {@link #KIND}: the scope's ordinal, the VMID's wildcard bits, flags, the queue. */
  private static final int SCOPE_MASK = 0xff;

  private static final int IGNORED_BITS = 8;
  private static final int IGNORED_MASK = 0xf;
  private static final long TRANSLATIONS = 0;
  private static final long CONFIGURATIONS = 1 << 12;
  private static final long PERMISSIONS = 1 << 13;
  private static final long COMPLETE = 1 << 14;
  private static final int QUEUE_BITS = 15;

  /** What the scope is of. */
  private static final long SUBJECT = CONFIGURATIONS | PERMISSIONS;

  private final Words entries;
  private final Cell count;

  /** Before this time nothing is known of what is held. */
  private final Cell floor;

  private final MemoryHistory history;
  private final int capacity;

  /**
   * Declares the log.
   *
   * @param history of the memory that the SMMU reads; null if nobody asks, then nothing is kept
   */
  public InvalidationLog(Store store, String name, MemoryHistory history) {
    this.history = history;
    capacity = history == null ? 0 : CAPACITY;
    entries = store.words(name + ".entries", capacity * ENTRY_WORDS);
    count = store.cell(name + ".count");
    floor = store.cell(name + ".floor");
  }

  /**
   * A CMD_TLBI_* or a broadcast.
   *
   * @param queue whose command it is, or {@link #BROADCAST}
   */
  void tlbi(int queue, TlbScope scope, long word0, long word1, int ignoredBits) {
    add(queue, scope.ordinal() | (long) ignoredBits << IGNORED_BITS, word0, word1);
  }

  /**
   * A CMD_CFGI_*.
   *
   * @param queue whose command it is
   */
  public void cfgi(int queue, ConfigurationScope scope, long word0, long word1) {
    add(queue, scope.ordinal() | CONFIGURATIONS, word0, word1);
  }

  /**
   * A CMD_DPTI_*.
   *
   * @param queue whose command it is
   */
  public void dpti(int queue, DptScope scope, long word1) {
    add(queue, scope.ordinal() | PERMISSIONS, 0, word1);
  }

  private void add(int queue, long kind, long word0, long word1) {
    if (capacity == 0) {
      return;
    }
    if (count.get() == capacity) {
      floor.set(entry(capacity / 2 - 1, TIME));
      keep(capacity / 2, false);
    }
    int at = (int) count.get() * ENTRY_WORDS;
    entries.set(at + TIME, history.now());
    entries.set(at + KIND, kind | (queue == BROADCAST ? COMPLETE : (long) queue << QUEUE_BITS));
    entries.set(at + WORD0, word0);
    entries.set(at + WORD1, word1);
    count.set(count.get() + 1);
  }

  private long entry(int index, int word) {
    return entries.get(index * ENTRY_WORDS + word);
  }

  /** A CMD_SYNC has completed: so have all before it in its queue. */
  public void complete(int queue) {
    long everyTranslation = 0;
    long everyConfiguration = 0;
    for (int i = 0; i < count.get(); i++) {
      long kind = entry(i, KIND);
      if (kind >>> QUEUE_BITS == queue) {
        kind |= COMPLETE;
        entries.set(i * ENTRY_WORDS + KIND, kind);
      }
      if ((kind & COMPLETE) == 0 || (kind & PERMISSIONS) != 0) {
        continue;
      }
      if (isConfiguration(i) ? reachesAllConfigurations(i) : scope(i) == TlbScope.NSNH_ALL) {
        if (isConfiguration(i)) {
          everyConfiguration = entry(i, TIME);
        } else {
          everyTranslation = entry(i, TIME);
        }
      }
    }
    // All that is held now was read since then, through what was held since then.
    if (everyConfiguration >= everyTranslation && count.get() != 0) {
      keep(firstAfter(everyTranslation - 1), true);
    }
  }

  private boolean isConfiguration(int i) {
    return (entry(i, KIND) & CONFIGURATIONS) != 0;
  }

  private boolean isPermissions(int i) {
    return (entry(i, KIND) & PERMISSIONS) != 0;
  }

  private boolean reachesAllConfigurations(int i) {
    return configurationScope(i) == ConfigurationScope.CFGI_STE_RANGE
        && Cfgi.RANGE.get(entry(i, WORD1)) == Cfgi.RANGE_ALL;
  }

  /** The first entry that is later than {@code time}; times never decrease. O(log entries). */
  private int firstAfter(long time) {
    int low = 0;
    int high = (int) count.get();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (entry(middle, TIME) > time) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** Keeps the entries from {@code from} on, and of those before it the ones of other worlds. */
  private void keep(int from, boolean otherWorlds) {
    if (from == 0) {
      return;
    }
    int lastOfAllPermissions = otherWorlds ? lastOfAllPermissions() : 0;
    int kept = 0;
    for (int i = 0; i < count.get(); i++) {
      boolean other =
          isPermissions(i)
              ? i >= lastOfAllPermissions
              : !isConfiguration(i) && !scope(i).concernsEl1();
      if (i >= from || (otherWorlds && other)) {
        for (int word = 0; word < ENTRY_WORDS; word++) {
          entries.set(kept * ENTRY_WORDS + word, entry(i, word));
        }
        kept++;
      }
    }
    count.set(kept);
  }

  /** The last complete CMD_DPTI_ALL, which makes CMD_DPTI_* before it unnecessary; 0 if none. */
  private int lastOfAllPermissions() {
    for (int i = (int) count.get() - 1; i > 0; i--) {
      if (isComplete(i, PERMISSIONS) && dptScope(i) == DptScope.DPTI_ALL) {
        return i;
      }
    }
    return 0;
  }

  /**
   * When the first complete invalidation after {@code time} reached what was read of the Device
   * Permission Table.
   *
   * @param region {@code shift} and {@code table}: as for {@link DptScope#reaches}
   */
  public long nextDpti(long time, long region, int shift, boolean table) {
    if (time < floor.get()) {
      return floor.get();
    }
    for (int i = firstAfter(time); i < count.get(); i++) {
      if (isComplete(i, PERMISSIONS)
          && dptScope(i).reaches(region, shift, table, entry(i, WORD1))) {
        return entry(i, TIME);
      }
    }
    return NEVER;
  }

  /** Whether a permission that was read at {@code time} for a region may still be held. */
  public boolean holdsPermission(long time, long region, int shift) {
    return nextDpti(time, region, shift, false) == NEVER;
  }

  private DptScope dptScope(int i) {
    return DPT[(int) entry(i, KIND) & SCOPE_MASK];
  }

  /**
   * When the first complete invalidation after {@code time} reached an entry of TLB or walk cache.
   *
   * @param tag as {@link TlbTag} packs it
   * @param input any input address that the entry is for
   */
  public long nextTlbi(long time, long tag, long input) {
    if (time < floor.get()) {
      return floor.get();
    }
    for (int i = firstAfter(time); i < count.get(); i++) {
      if (isComplete(i, TRANSLATIONS)
          && scope(i).reaches(tag, input, entry(i, WORD0), entry(i, WORD1), ignored(i))) {
        return entry(i, TIME);
      }
    }
    return NEVER;
  }

  /**
   * When the first complete invalidation after {@code time} reached every stage-1 and combined
   * entry of {@code vmid} in the EL1 StreamWorld, whatever address and ASID it has.
   */
  public long nextOfAllStage1(long time, int vmid) {
    if (time < floor.get()) {
      return floor.get();
    }
    for (int i = firstAfter(time); i < count.get(); i++) {
      if (isComplete(i, TRANSLATIONS)
          && scope(i).reachesAllStage1(vmid, entry(i, WORD0), ignored(i))) {
        return entry(i, TIME);
      }
    }
    return NEVER;
  }

  private TlbScope scope(int i) {
    return TLB[(int) entry(i, KIND) & SCOPE_MASK];
  }

  private ConfigurationScope configurationScope(int i) {
    return CONFIGURATION[(int) entry(i, KIND) & SCOPE_MASK];
  }

  private int ignored(int i) {
    return (int) (entry(i, KIND) >>> IGNORED_BITS) & IGNORED_MASK;
  }

  /** Whether it is complete, and of {@code subject}: as {@link #SUBJECT} has it. */
  private boolean isComplete(int i, long subject) {
    return (entry(i, KIND) & (COMPLETE | SUBJECT)) == (COMPLETE | subject);
  }

  /** When the first complete invalidation after {@code time} reached the STE of a stream. */
  public long nextSte(long time, int streamId) {
    return nextCfgi(time, (scope, word0, word1) -> scope.reachesSte(streamId, word0, word1));
  }

  /** When the last complete invalidation reached every translation of the EL1 StreamWorld. */
  public long lastOfAll() {
    for (int i = (int) count.get() - 1; i >= 0; i--) {
      if (isComplete(i, TRANSLATIONS) && scope(i) == TlbScope.NSNH_ALL) {
        return entry(i, TIME);
      }
    }
    return floor.get();
  }

  /** When the last complete invalidation up to {@code time} reached the STE of a stream. */
  public long lastOfSte(long time, int streamId) {
    return lastCfgi(time, (scope, word0, word1) -> scope.reachesSte(streamId, word0, word1));
  }

  /** When the last complete invalidation up to {@code time} reached the L1STD of a stream. */
  public long lastOfStreamDescriptor(long time, int streamId, int split) {
    return lastCfgi(
        time, (scope, word0, word1) -> scope.reachesL1std(streamId, split, word0, word1));
  }

  /** When the last complete invalidation up to {@code time} reached a CD. */
  public long lastOfCd(long time, int streamId, int substreamId) {
    return lastCfgi(
        time, (scope, word0, word1) -> scope.reachesCd(streamId, substreamId, word0, word1));
  }

  private long lastCfgi(long time, Reach reach) {
    for (int i = (int) count.get() - 1; i >= 0; i--) {
      if (entry(i, TIME) <= time
          && isComplete(i, CONFIGURATIONS)
          && reach.test(configurationScope(i), entry(i, WORD0), entry(i, WORD1))) {
        return entry(i, TIME);
      }
    }
    return floor.get();
  }

  /**
   * As {@link #nextSte}, of the L1STD that leads to it; {@code split} as STRTAB_BASE_CFG has it.
   */
  public long nextStreamDescriptor(long time, int streamId, int split) {
    return nextCfgi(
        time, (scope, word0, word1) -> scope.reachesL1std(streamId, split, word0, word1));
  }

  /** When the first complete invalidation after {@code time} reached a CD. */
  public long nextCd(long time, int streamId, int substreamId) {
    return nextCfgi(
        time, (scope, word0, word1) -> scope.reachesCd(streamId, substreamId, word0, word1));
  }

  /** As {@link #nextCd}, of the L1CD that leads to it; {@code split} as S1Fmt has it. */
  public long nextContextDescriptor(long time, int streamId, int substreamId, int split) {
    return nextCfgi(
        time,
        (scope, word0, word1) -> scope.reachesL1cd(streamId, substreamId, split, word0, word1));
  }

  private interface Reach {
    boolean test(ConfigurationScope scope, long word0, long word1);
  }

  private long nextCfgi(long time, Reach reach) {
    if (time < floor.get()) {
      return floor.get();
    }
    for (int i = firstAfter(time); i < count.get(); i++) {
      if (isComplete(i, CONFIGURATIONS)
          && reach.test(configurationScope(i), entry(i, WORD0), entry(i, WORD1))) {
        return entry(i, TIME);
      }
    }
    return NEVER;
  }
}
