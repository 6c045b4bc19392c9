package portcullis.machine.smmuv3;

import portcullis.store.Store;
import portcullis.store.Words;

/**
 * Cached STEs or CDs, direct-mapped, in the store: an entry that was fetched is used, valid or not,
 * until a CMD_CFGI_* reaches it or another takes its place (IHI 0070 4.3, 5.2.1).
 */
final class ConfigurationCache {
  private static final int ENTRY_WORDS = 1 + ConfigurationEntry.WORDS;
  private static final long PRESENT = 1;
  private static final long LEGAL = 1 << 1;
  private static final int SUBSTREAM = 2;
  private static final int STREAM = 32;
  private static final int SUBSTREAM_MASK = 0xfffff;

  /** Spreads the substreams of one stream over the cache. */
  private static final int SUBSTREAM_STRIDE = 7;

  private final Words words;
  private final int capacity;

  /**
   * Declares the cache.
   *
   * @param capacity entries, a power of two
   */
  ConfigurationCache(Store store, String name, int capacity) {
    this.capacity = capacity;
    words = store.words(name, capacity * ENTRY_WORDS);
  }

  /** Copies the entry into {@code into}, if it is there. */
  boolean lookup(int streamId, int substreamId, ConfigurationEntry into) {
    int entry = place(streamId, substreamId);
    long key = words.get(entry);
    if ((key & ~LEGAL) != key(streamId, substreamId)) {
      return false;
    }
    into.legal((key & LEGAL) != 0);
    for (int word = 0; word < ConfigurationEntry.WORDS; word++) {
      into.word(word, words.get(entry + 1 + word));
    }
    return true;
  }

  /** Keeps a copy of {@code fetched}. */
  void insert(int streamId, int substreamId, ConfigurationEntry fetched) {
    int entry = place(streamId, substreamId);
    words.set(entry, key(streamId, substreamId) | (fetched.legal() ? LEGAL : 0));
    for (int word = 0; word < ConfigurationEntry.WORDS; word++) {
      words.set(entry + 1 + word, fetched.word(word));
    }
  }

  /** Drops the STEs that a command reaches; reads every key. */
  void invalidateStes(ConfigurationScope scope, long word0, long word1) {
    for (int entry = 0; entry < words.length(); entry += ENTRY_WORDS) {
      long key = words.get(entry);
      if ((key & PRESENT) != 0 && scope.reachesSte(streamId(key), word0, word1)) {
        words.set(entry, 0);
      }
    }
  }

  /** Drops the CDs that a command reaches; reads every key. */
  void invalidateCds(ConfigurationScope scope, long word0, long word1) {
    for (int entry = 0; entry < words.length(); entry += ENTRY_WORDS) {
      long key = words.get(entry);
      if ((key & PRESENT) != 0 && scope.reachesCd(streamId(key), substreamId(key), word0, word1)) {
        words.set(entry, 0);
      }
    }
  }

  private int place(int streamId, int substreamId) {
    return ((streamId + substreamId * SUBSTREAM_STRIDE) & (capacity - 1)) * ENTRY_WORDS;
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
