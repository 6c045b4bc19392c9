package portcullis.machine.smmuv3.caches;

import portcullis.machine.smmuv3.registers.ChangeCount;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * A TLB. An SMMU has two: one for stage 2 (IPA to PA, tagged by VMID), and one for stage 1 (VA to
 * PA, tagged by VMID, and ASID unless global), whose entries combine both stages where a stream is
 * nested.
 *
 * <p>A lookup costs one set per page size in use; an invalidation visits every valid entry.
 */
public final class Tlb {

  /** Indices of {@link #shifts}. */
  private static final int OF_AN_ASID = 0;

  private static final int GLOBAL = 1;

  /**
   * Of each: with the input page its permissions, with the output page its attributes, and the IPA.
   */
  private final TaggedSets entries;

  /** The entry sizes in use, as bits: of entries of one ASID or of none at all, and of globals. */
  private final Words shifts;

  private final boolean conflicts;

  /**
   * Declares the TLB's state.
   *
   * @param capacity entries: 0 for none, else a power of two of at least four
   * @param conflicts whether several entries for one address are a conflict: BBM levels 0 and 1
   */
  public Tlb(Store store, String name, int capacity, boolean conflicts) {
    this.conflicts = conflicts;
    entries = new TaggedSets(store, name + ".entries", capacity);
    shifts = store.words(name + ".shifts_in_use", 2);
  }

  /** Whether it keeps nothing. */
  public boolean isEmpty() {
    return entries.isEmpty();
  }

  /** Counts every change of an entry. */
  public ChangeCount changes() {
    return entries.changes();
  }

  /**
   * Looks {@code input} up. Of several entries that match, BBM level 2 uses the largest; the other
   * levels leave none to be used (IHI 0070 3.20.1, 3.21.1).
   *
   * @param space whose translation, see {@link TlbTag}
   * @param into on a hit takes output, shift, permissions, attributes and IPA
   * @return how many entries match: none is a miss, more than one a TLB conflict
   */
  public int lookup(long space, long input, StageResult into) {
    into.setShift = 0;
    int matches = probe(shifts.get(OF_AN_ASID), TlbTag.key(space), TlbTag.LOOKUP, input, into);
    long globals = shifts.get(GLOBAL);
    if (globals != 0 && (matches == 0 || conflicts)) {
      matches += probe(globals, TlbTag.globalKey(space), TlbTag.GLOBAL_LOOKUP, input, into);
      into.setShift = 0;
    }
    into.found = matches != 0;
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
      int set = entries.set(spread, input, shift);
      into.set = set;
      into.setShift = shift;
      int entry = entries.find(set, wanted, compared, input & -1L << shift);
      if (entry != TaggedSets.NONE) {
        take(entry, shift, into);
        matches++;
        if (!conflicts) {
          return matches;
        }
      }
    }
    return matches;
  }

  private void take(int entry, int shift, StageResult into) {
    long input = entries.input(entry);
    long output = entries.first(entry);
    into.shift = shift;
    into.permissions = (int) (input & TaggedSets.LOW_BITS);
    into.output = output & ~TaggedSets.LOW_BITS;
    into.attributes = (int) (output & TaggedSets.LOW_BITS);
    into.ipa = entries.second(entry);
  }

  /**
   * Keeps a translation, in place of the one for the same page if there is one, else of another
   * where its set is full. The last {@link #lookup} was for it.
   *
   * @param tag as {@link TlbTag} packs it
   * @param result gives output, permissions, attributes, IPA and {@code shift}
   */
  public void insert(long tag, long input, StageResult result) {
    if (!entries.exist()) {
      return;
    }
    int shift = result.shift;
    long page = input & -1L << shift;
    int set =
        shift == result.setShift && !TlbTag.isGlobal(tag) ? result.set : setOf(tag, input, shift);
    int same =
        result.found
            ? entries.find(set, tag & TlbTag.LOOKUP, TlbTag.LOOKUP, page)
            : TaggedSets.NONE;
    entries.put(
        same != TaggedSets.NONE ? same : entries.victim(set, input >>> shift),
        tag,
        page | result.permissions,
        result.output | result.attributes,
        result.ipa);
  }

  /** The set for a new entry, whose size is in use from now on. */
  private int setOf(long tag, long input, int shift) {
    int kind = TlbTag.isGlobal(tag) ? GLOBAL : OF_AN_ASID;
    shifts.set(kind, shifts.get(kind) | 1L << shift);
    return entries.set(TlbTag.spread(tag), input, shift);
  }

  /**
   * Drops every entry that a command reaches.
   *
   * @param word0 and {@code word1}: the command
   * @param wildcardBits how many low bits of a VMID are no matter
   */
  void invalidate(TlbScope scope, long word0, long word1, int wildcardBits) {
    if (entries.invalidate(scope, word0, word1, wildcardBits)) {
      shifts.set(OF_AN_ASID, 0);
      shifts.set(GLOBAL, 0);
    }
  }
}
