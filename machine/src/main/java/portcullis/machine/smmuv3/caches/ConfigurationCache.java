package portcullis.machine.smmuv3.caches;

import java.util.function.IntFunction;
import java.util.function.Supplier;
import portcullis.machine.smmuv3.registers.ChangeCount;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * Cached STEs, CDs or PARTID_MAPs, set-associative, in the store: an entry that was fetched is
 * used, valid or not, until a CMD_CFGI_* reaches it or another takes its place (IHI 0070 4.3,
 * 5.2.1).
 *
 * <p>Each place also has the entry decoded. That is derived from the words: it is decoded again
 * whenever the store has put words back behind this cache ({@link Store#epoch}).
 *
 * @param <E> STEs, CDs, or PARTID_MAPs, which have a VMID in the StreamID's place
 */
public final class ConfigurationCache<E extends ConfigurationEntry> {
  private static final int WAYS = 4;
  private static final long PRESENT = 1;
  private static final long LEGAL = 1 << 1;
  private static final int SUBSTREAM = 2;
  private static final int STREAM = 32;
  private static final int SUBSTREAM_MASK = 0xfffff;
  private static final long NEVER = -1;

  /** Spreads keys over the sets (2^64 divided by the golden ratio). */
  private static final long SPREAD = 0x9e37_79b9_7f4a_7c15L;

  private final Store store;
  private final ChangeCount changes;
  private final Words keys;
  private final Words words;
  private final int ways;
  private final int sets;

  private final E[] decoded;

  /** By place, the store's epoch in which {@link #decoded} was derived. */
  private final long[] decodedIn;

  /** Takes what is fetched when there is no cache to put it in, or before it is put there. */
  private final E fetched;

  /**
   * Declares the cache.
   *
   * @param capacity entries: 0 for none, else a power of two
   * @param changes counts every change of what is cached
   */
  public ConfigurationCache(
      Store store,
      String name,
      int capacity,
      ChangeCount changes,
      IntFunction<E[]> array,
      Supplier<E> entry) {
    this.store = store;
    this.changes = changes;
    ways = Math.min(WAYS, capacity);
    sets = capacity == 0 ? 0 : capacity / ways;
    keys = store.words(name + ".keys", capacity);
    words = store.words(name + ".words", capacity * ConfigurationEntry.WORDS);
    decoded = array.apply(capacity);
    decodedIn = new long[capacity];
    for (int place = 0; place < capacity; place++) {
      decoded[place] = entry.get();
      decodedIn[place] = NEVER;
    }
    fetched = entry.get();
  }

  /** Whether there is room for any. */
  public boolean exists() {
    return sets != 0;
  }

  /** Whether it keeps nothing; reads every key. */
  public boolean isEmpty() {
    for (int place = 0; place < keys.length(); place++) {
      if ((keys.get(place) & PRESENT) != 0) {
        return false;
      }
    }
    return true;
  }

  /** The entry; null if it is not here. */
  public E lookup(int streamId, int substreamId) {
    if (sets == 0) {
      return null;
    }
    long key = key(streamId, substreamId);
    int first = firstOfSet(key);
    for (int place = first; place < first + ways; place++) {
      long present = keys.get(place);
      if ((present & ~LEGAL) == key) {
        E entry = decoded[place];
        if (decodedIn[place] != store.epoch()) {
          decode(place, entry, (present & LEGAL) != 0);
        }
        return entry;
      }
    }
    return null;
  }

  private void decode(int place, E entry, boolean legal) {
    for (int word = 0; word < ConfigurationEntry.WORDS; word++) {
      entry.word(word, words.get(place * ConfigurationEntry.WORDS + word));
    }
    entry.complete(legal);
    decodedIn[place] = store.epoch();
  }

  /** Where to fetch an entry to, before its {@link #insert}. */
  public E fetched() {
    return fetched;
  }

  /**
   * Keeps a copy of what {@link #fetched} holds.
   *
   * @return the entry to use
   */
  public E insert(int streamId, int substreamId, boolean legal) {
    if (sets == 0) {
      fetched.complete(legal);
      return fetched;
    }
    long key = key(streamId, substreamId);
    int place = victim(firstOfSet(key), key);
    changes.happens();
    keys.set(place, key | (legal ? LEGAL : 0));
    for (int word = 0; word < ConfigurationEntry.WORDS; word++) {
      words.set(place * ConfigurationEntry.WORDS + word, fetched.word(word));
    }
    decode(place, decoded[place], legal);
    return decoded[place];
  }

  /** A free place of the set, else any: mixing all keys of the set is as good as chance. */
  private int victim(int first, long key) {
    long mixed = key;
    for (int place = first; place < first + ways; place++) {
      long present = keys.get(place);
      if ((present & PRESENT) == 0) {
        return place;
      }
      mixed = (mixed ^ present) * SPREAD;
    }
    return first + ((int) (mixed >>> Integer.SIZE) & (ways - 1));
  }

  /** Drops the STEs that a command reaches; reads every key. */
  public void invalidateStes(ConfigurationScope scope, long word0, long word1) {
    for (int place = 0; place < keys.length(); place++) {
      long key = keys.get(place);
      if ((key & PRESENT) != 0 && scope.reachesSte(streamId(key), word0, word1)) {
        changes.happens();
        keys.set(place, 0);
      }
    }
  }

  /** Drops the CDs that a command reaches; reads every key. */
  public void invalidateCds(ConfigurationScope scope, long word0, long word1) {
    for (int place = 0; place < keys.length(); place++) {
      long key = keys.get(place);
      if ((key & PRESENT) != 0 && scope.reachesCd(streamId(key), substreamId(key), word0, word1)) {
        changes.happens();
        keys.set(place, 0);
      }
    }
  }

  /** Drops the PARTID_MAPs, kept by VMID, that a command reaches; reads every key. */
  public void invalidateMaps(ConfigurationScope scope, long word0, long word1) {
    for (int place = 0; place < keys.length(); place++) {
      long key = keys.get(place);
      if ((key & PRESENT) != 0 && scope.reachesMap(streamId(key), word0, word1)) {
        changes.happens();
        keys.set(place, 0);
      }
    }
  }

  /** StreamIDs that follow one another use one set after the other. */
  private int firstOfSet(long key) {
    long spread = ((key & ((long) SUBSTREAM_MASK << SUBSTREAM)) * SPREAD) >>> STREAM;
    return ((int) ((key >>> STREAM) + spread) & (sets - 1)) * ways;
  }

  private static long key(int streamId, int substreamId) {
    return PRESENT | (long) substreamId << SUBSTREAM | Integer.toUnsignedLong(streamId) << STREAM;
  }

  private static int streamId(long key) {
    return (int) (key >>> STREAM);
  }

  private static int substreamId(long key) {
    return (int) (key >>> SUBSTREAM) & SUBSTREAM_MASK;
  }
}
