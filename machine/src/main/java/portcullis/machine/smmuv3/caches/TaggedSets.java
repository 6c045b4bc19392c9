package portcullis.machine.smmuv3.caches;

import portcullis.machine.smmuv3.registers.ChangeCount;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * The entries of a TLB or of the walk cache, set-associative, in the store: so one that nobody
 * invalidates stays usable (IHI 0070 3.17, 4.4). An entry has a {@link TlbTag}, the address that it
 * is for, and two words of what it says.
 *
 * <p>A set is a row of words: its entries' inputs, then their tags, then the rest; a search reads
 * little else than inputs. An entry is known by the index of its input.
 */
public final class TaggedSets {

  /** Entries of one set. */
  public static final int WAYS = 4;

  /** No entry. */
  static final int NONE = -1;

  /** Bits of an input, and of other words' page addresses, that are free for something else. */
  static final long LOW_BITS = 0xfff;

  /** The input of an entry that is not valid. */
  private static final long FREE = 0;

  private static final int TAG = WAYS;
  private static final int FIRST = 2 * WAYS;
  private static final int SECOND = 3 * WAYS;
  private static final int SET_WORDS = 4 * WAYS;
  private static final int SET_SHIFT = Integer.numberOfTrailingZeros(SET_WORDS);

  private final Words words;
  private final int sets;
  private final int setBits;
  private final OccupiedSets occupied;
  private final ChangeCount changes = new ChangeCount();

  /**
   * Declares the entries.
   *
   * @param capacity 0, or a power of two of at least {@link #WAYS}
   */
  TaggedSets(Store store, String name, int capacity) {
    sets = capacity / WAYS;
    setBits = Integer.numberOfTrailingZeros(sets);
    words = store.words(name, sets * SET_WORDS);
    occupied = new OccupiedSets(store, sets, number -> isOccupied(number << SET_SHIFT));
  }

  /** Whether there is room for any. */
  boolean exist() {
    return sets != 0;
  }

  /** Whether no entry is valid. */
  boolean isEmpty() {
    return occupied.isEmpty();
  }

  /** Counts every change of an entry. */
  ChangeCount changes() {
    return changes;
  }

  /**
   * The set for an address. Consecutive pages have consecutive sets; the address space says where
   * they begin.
   *
   * @param spread the space's {@link TlbTag#spread}
   */
  int set(int spread, long input, int shift) {
    return ((int) (input >>> shift) + spread & sets - 1) * SET_WORDS;
  }

  /**
   * The entry of a set that matches, or {@link #NONE}. No loop: compiled code is faster so.
   *
   * @param wanted the tag's bits {@code compared}
   * @param page the input, less its {@link #LOW_BITS}
   */
  int find(int set, long wanted, long compared, long page) {
    if (matches(set, wanted, compared, page)) {
      return set;
    }
    if (matches(set + 1, wanted, compared, page)) {
      return set + 1;
    }
    if (matches(set + 2, wanted, compared, page)) {
      return set + 2;
    }
    return matches(set + 3, wanted, compared, page) ? set + 3 : NONE;
  }

  /** The page first: few entries have it, so what comes after is hardly ever asked. */
  boolean matches(int entry, long wanted, long compared, long page) {
    return (input(entry) & ~LOW_BITS) == page
        && (tag(entry) & compared) == wanted
        && isValid(entry);
  }

  /**
   * A free entry of the set, else the one that the address bits above the set's name: so of pages
   * in a row, the oldest go first.
   *
   * @param page the input's number, in units of the entry's size
   */
  int victim(int set, long page) {
    if (!isValid(set)) {
      return set;
    }
    if (!isValid(set + 1)) {
      return set + 1;
    }
    if (!isValid(set + 2)) {
      return set + 2;
    }
    return isValid(set + 3) ? set + ((int) page >>> setBits & WAYS - 1) : set + 3;
  }

  private boolean isValid(int entry) {
    return input(entry) != FREE;
  }

  /**
   * Fills an entry.
   *
   * @param input with something in its {@link #LOW_BITS}
   */
  void put(int entry, long tag, long input, long first, long second) {
    assert (input & LOW_BITS) != 0 : "an entry says something";
    changes.happens();
    words.set(entry, WAYS, input, tag, first, second);
    occupied.add(entry >>> SET_SHIFT);
  }

  /** What the entry is for, and in the {@link #LOW_BITS} what its cache keeps there: not zero. */
  long input(int entry) {
    return words.get(entry);
  }

  /** The entry's {@link TlbTag}. */
  long tag(int entry) {
    return words.get(entry + TAG);
  }

  /** The first of its other words. */
  long first(int entry) {
    return words.get(entry + FIRST);
  }

  /** The second of its other words. */
  long second(int entry) {
    return words.get(entry + SECOND);
  }

  /**
   * Drops every entry that a command reaches. O(sets that have any).
   *
   * @param word0 and {@code word1}: the command
   * @param wildcardBits how many low bits of a VMID are no matter
   * @return whether none is left
   */
  boolean invalidate(TlbScope scope, long word0, long word1, int wildcardBits) {
    changes.happens();
    boolean empty = true;
    for (int word = 0; word < occupied.words(); word++) {
      long emptied = 0;
      for (long left = occupied.word(word); left != 0; left &= left - 1) {
        int number = word * Long.SIZE + Long.numberOfTrailingZeros(left);
        if (invalidate(number << SET_SHIFT, scope, word0, word1, wildcardBits)) {
          emptied |= Long.lowestOneBit(left);
        } else {
          empty = false;
        }
      }
      occupied.remove(word, emptied);
    }
    return empty;
  }

  private boolean invalidate(int set, TlbScope scope, long word0, long word1, int wildcardBits) {
    boolean empty = true;
    for (int entry = set; entry < set + WAYS; entry++) {
      if (!isValid(entry)) {
        continue;
      }
      if (scope.reaches(tag(entry), input(entry) & ~LOW_BITS, word0, word1, wildcardBits)) {
        words.set(entry, FREE);
      } else {
        empty = false;
      }
    }
    return empty;
  }

  private boolean isOccupied(int set) {
    return isValid(set) || isValid(set + 1) || isValid(set + 2) || isValid(set + 3);
  }
}
