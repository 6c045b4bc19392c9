package portcullis.machine.smmuv3;

import portcullis.store.Store;
import portcullis.store.Words;

/**
 * A TLB: set-associative, in the store, so that an entry that nobody invalidates stays usable (IHI
 * 0070 3.17, 4.4). An SMMU has two: one for stage 2 (IPA to PA, tagged by VMID), and one for stage
 * 1 (VA to PA, tagged by VMID, and ASID unless global), whose entries combine both stages where a
 * stream is nested.
 *
 * <p>A lookup costs one set per page size in use; an invalidation reads the tag of every entry.
 */
final class Tlb {

  /** Entries of one set. */
  static final int WAYS = 4;

  private static final int ENTRY_WORDS = 4;
  private static final int SET_WORDS = WAYS * ENTRY_WORDS;

  /** Word 0 of an entry, then input page and permissions, output page and attributes, IPA page. */
  private static final int TAG = 0;

  private static final int INPUT = 1;
  private static final int OUTPUT = 2;
  private static final int IPA = 3;

  private static final long LOW_BITS = 0xfff;

  private static final int NONE = -1;

  /** Indices of {@link #shifts}. */
  private static final int OF_AN_ASID = 0;

  private static final int GLOBAL = 1;

  private final Store store;
  private final Words entries;

  /** The entry sizes in use, as bits: of entries of one ASID or of none at all, and of globals. */
  private final Words shifts;

  private final int sets;
  private final boolean conflicts;

  /**
   * Declares the TLB's state.
   *
   * @param capacity entries: 0 for none, else a power of two of at least four
   * @param conflicts whether several entries for one address are a conflict: BBM levels 0 and 1
   */
  Tlb(Store store, String name, int capacity, boolean conflicts) {
    this.store = store;
    this.conflicts = conflicts;
    sets = capacity / WAYS;
    entries = store.words(name + ".entries", capacity * ENTRY_WORDS);
    shifts = store.words(name + ".shifts_in_use", 2);
  }

  /**
   * Looks {@code input} up. Of several entries that match, BBM level 2 uses the largest; the other
   * levels leave none to be used (IHI 0070 3.20.1, 3.21.1).
   *
   * @param space whose translation, see {@link TlbTag}
   * @param into on a hit takes output, shift, permissions, attributes and IPA
   * @return how many entries match: none is a miss, more than one a TLB conflict
   */
  int lookup(long space, long input, StageResult into) {
    int matches = probe(shifts.get(OF_AN_ASID), TlbTag.key(space), TlbTag.LOOKUP, input, into);
    long globals = shifts.get(GLOBAL);
    if (globals != 0 && (matches == 0 || conflicts)) {
      matches += probe(globals, TlbTag.globalKey(space), TlbTag.GLOBAL_LOOKUP, input, into);
    }
    return matches;
  }

  /** Probes one set for each of the sizes {@code inUse}, the largest first. */
  private int probe(long inUse, long key, long compared, long input, StageResult into) {
    int matches = 0;
    int spread = TlbTag.spread(key);
    for (long sizes = inUse; sizes != 0; ) {
      int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(sizes);
      sizes ^= 1L << shift;
      long wanted = TlbTag.sized(key, shift);
      int entry = find(firstOfSet(spread, input, shift), wanted, compared, input & -1L << shift);
      if (entry != NONE) {
        take(entry, shift, into);
        matches++;
        if (!conflicts) {
          return matches;
        }
      }
    }
    return matches;
  }

  /** The entry of a set that matches, or {@link #NONE}. No loop: compiled code is faster so. */
  private int find(int first, long wanted, long compared, long page) {
    if (matches(first, wanted, compared, page)) {
      return first;
    }
    if (matches(first + ENTRY_WORDS, wanted, compared, page)) {
      return first + ENTRY_WORDS;
    }
    if (matches(first + 2 * ENTRY_WORDS, wanted, compared, page)) {
      return first + 2 * ENTRY_WORDS;
    }
    return matches(first + 3 * ENTRY_WORDS, wanted, compared, page)
        ? first + 3 * ENTRY_WORDS
        : NONE;
  }

  /** The page first: it tells entries apart more often than the tag does. */
  private boolean matches(int entry, long wanted, long compared, long page) {
    return (entries.get(entry + INPUT) & ~LOW_BITS) == page
        && (entries.get(entry + TAG) & compared) == wanted;
  }

  private void take(int entry, int shift, StageResult into) {
    long input = entries.get(entry + INPUT);
    long output = entries.get(entry + OUTPUT);
    into.shift = shift;
    into.permissions = (int) (input & LOW_BITS);
    into.output = output & ~LOW_BITS;
    into.attributes = (int) (output & LOW_BITS);
    into.ipa = entries.get(entry + IPA);
  }

  /**
   * Keeps a translation, in place of the one for the same page if there is one, else of another
   * where its set is full.
   *
   * @param tag as {@link TlbTag} packs it
   * @param result gives output, permissions, attributes, IPA and {@code shift}
   */
  void insert(long tag, long input, StageResult result) {
    if (sets == 0) {
      return;
    }
    int shift = result.shift;
    int entry = place(firstOfSet(TlbTag.spread(tag), input, shift), tag, input & -1L << shift);
    entries.set(entry + TAG, tag);
    entries.set(entry + INPUT, (input & -1L << shift) | result.permissions);
    entries.set(entry + OUTPUT, result.output | result.attributes);
    entries.set(entry + IPA, result.ipa);
    int kind = TlbTag.isGlobal(tag) ? GLOBAL : OF_AN_ASID;
    shifts.set(kind, shifts.get(kind) | 1L << shift);
  }

  /**
   * The entry of the set for the same page, else a free one, else any: by all that the store holds,
   * which is as good as chance.
   */
  private int place(int first, long tag, long page) {
    int same = find(first, tag & TlbTag.LOOKUP, TlbTag.LOOKUP, page);
    if (same != NONE) {
      return same;
    }
    if (isFree(first)) {
      return first;
    }
    if (isFree(first + ENTRY_WORDS)) {
      return first + ENTRY_WORDS;
    }
    if (isFree(first + 2 * ENTRY_WORDS)) {
      return first + 2 * ENTRY_WORDS;
    }
    if (isFree(first + 3 * ENTRY_WORDS)) {
      return first + 3 * ENTRY_WORDS;
    }
    return first + ((int) store.fingerprint() & (WAYS - 1)) * ENTRY_WORDS;
  }

  private boolean isFree(int entry) {
    return !TlbTag.isValid(entries.get(entry + TAG));
  }

  /**
   * Drops every entry that a command reaches; reads every tag, unless there is no entry.
   *
   * @param word0 and {@code word1}: the command
   * @param wildcardBits how many low bits of a VMID are no matter
   */
  void invalidate(TlbScope scope, long word0, long word1, int wildcardBits) {
    if ((shifts.get(OF_AN_ASID) | shifts.get(GLOBAL)) == 0) {
      return;
    }
    boolean empty = true;
    for (int entry = 0; entry < entries.length(); entry += ENTRY_WORDS) {
      long tag = entries.get(entry + TAG);
      if (TlbTag.isValid(tag)) {
        long page = entries.get(entry + INPUT) & ~LOW_BITS;
        if (scope.reaches(tag, page, word0, word1, wildcardBits)) {
          entries.set(entry + TAG, 0);
        } else {
          empty = false;
        }
      }
    }
    if (empty) {
      shifts.set(OF_AN_ASID, 0);
      shifts.set(GLOBAL, 0);
    }
  }

  /** Consecutive pages use consecutive sets; the address space says where they begin. */
  private int firstOfSet(int spread, long input, int shift) {
    return (((int) (input >>> shift) + spread) & (sets - 1)) * SET_WORDS;
  }
}
