package portcullis.machine.smmuv3.caches;

import portcullis.machine.vmsa.TableWalk;
import portcullis.machine.vmsa.WalkCache;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * The walk cache of both stages: where the tables below the start level are. Entries are tagged as
 * the TLB's are; those of a nested stage 1 have the address that stage 2 gave the table.
 */
public final class IntermediateTables implements WalkCache {

  /** Hierarchical attributes of a table descriptor: bits 63:59 (DDI 0487 D8.3.1.1). */
  private static final long ATTRIBUTES = -1L << 59;

  /** Of each: with the input the reach, the physical address, and the name with attributes. */
  private final TaggedSets entries;

  /** By stage, the {@linkplain TlbTag#shift sizes} in use, as bits. */
  private final Words shifts;

  /**
   * By stage, where to look first. Not state: an entry that matches there is the one that a search
   * would find, as no two entries of one size match.
   */
  private final int[] lastFound = new int[2];

  /**
   * Declares the cache's state.
   *
   * @param capacity entries: 0 for none, else a power of two of at least four
   */
  public IntermediateTables(Store store, String name, int capacity) {
    entries = new TaggedSets(store, name + ".entries", capacity);
    shifts = store.words(name + ".shifts_in_use", 2);
  }

  @Override
  public boolean resume(TableWalk walk, long input) {
    long key = TlbTag.tableKey(walk.space);
    int stage = stage(key);
    long sizes = shifts.get(stage);
    if (sizes == 0) {
      return false;
    }
    int nearest = Long.numberOfTrailingZeros(sizes);
    int last = lastFound[stage];
    if (entries.matches(last, TlbTag.sized(key, nearest), TlbTag.LOOKUP, input & -1L << nearest)) {
      take(last, walk);
      return true;
    }
    int entry = search(key, sizes, input);
    if (entry == TaggedSets.NONE) {
      return false;
    }
    lastFound[stage] = entry;
    take(entry, walk);
    return true;
  }

  /** The matching entry of the smallest of {@code sizes} that has one, or none. */
  private int search(long key, long sizes, long input) {
    int spread = TlbTag.spread(key);
    for (long left = sizes; left != 0; left &= left - 1) {
      int shift = Long.numberOfTrailingZeros(left);
      int set = entries.set(spread, input, shift);
      int entry = entries.find(set, TlbTag.sized(key, shift), TlbTag.LOOKUP, input & -1L << shift);
      if (entry != TaggedSets.NONE) {
        return entry;
      }
    }
    return TaggedSets.NONE;
  }

  private void take(int entry, TableWalk walk) {
    long name = entries.second(entry);
    walk.level = TlbTag.level(entries.tag(entry));
    walk.reachShift = (int) (entries.input(entry) & TaggedSets.LOW_BITS);
    walk.descriptorAddress = entries.first(entry);
    walk.descriptorName = name & ~ATTRIBUTES;
    walk.tableAttributes = name & ATTRIBUTES;
  }

  @Override
  public void keep(TableWalk walk, long input) {
    if (!entries.exist()) {
      return;
    }
    long tag = TlbTag.table(walk);
    int shift = TlbTag.shift(tag);
    long inChunk = (1L << walk.chunkShift()) - 1;
    int spread = TlbTag.spread(tag);
    int set = entries.set(spread, input, shift);
    entries.put(
        entries.victim(set, spread, input, shift),
        tag,
        (input & (-1L << shift)) | walk.reachShift,
        walk.descriptorAddress & ~inChunk,
        (walk.descriptorName & ~inChunk) | (walk.tableAttributes & ATTRIBUTES));
    int stage = stage(tag);
    shifts.set(stage, shifts.get(stage) | 1L << shift);
  }

  private static int stage(long tag) {
    return TlbTag.isStage2(tag) ? 1 : 0;
  }

  /**
   * Drops every entry that a command reaches.
   *
   * @param word0 and {@code word1}: the command
   * @param wildcardBits how many low bits of a VMID are no matter
   */
  void invalidate(TlbScope scope, long word0, long word1, int wildcardBits) {
    if (entries.invalidate(scope, word0, word1, wildcardBits)) {
      shifts.set(0, 0);
      shifts.set(1, 0);
    }
  }
}
