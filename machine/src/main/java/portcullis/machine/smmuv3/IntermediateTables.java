package portcullis.machine.smmuv3;

import portcullis.machine.vmsa.TableWalk;
import portcullis.machine.vmsa.WalkCache;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * The walk cache of both stages: where the tables below the start level are, set-associative, in
 * the store (IHI 0070 3.17, 4.4). Entries are tagged as the TLB's are; those of a nested stage 1
 * have the address that stage 2 gave the table.
 */
final class IntermediateTables implements WalkCache {
  private static final int WAYS = 4;
  private static final int ENTRY_WORDS = 4;

  /** Word 0 of an entry, then input and reach, physical address, name and attributes. */
  private static final int TAG = 0;

  private static final int INPUT = 1;
  private static final int PHYSICAL = 2;
  private static final int NAME = 3;

  private static final long LOW_BITS = 0xfff;

  /** Hierarchical attributes of a table descriptor: bits 63:59 (DDI 0487 D8.3.1.1). */
  private static final long ATTRIBUTES = -1L << 59;

  private final Store store;
  private final Words entries;

  /** By stage, the {@linkplain TlbTag#shift sizes} in use, as bits. */
  private final Words shifts;

  private final int sets;

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
  IntermediateTables(Store store, String name, int capacity) {
    this.store = store;
    sets = capacity / WAYS;
    entries = store.words(name + ".entries", capacity * ENTRY_WORDS);
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
    if (matches(last, TlbTag.sized(key, nearest), input & -1L << nearest)) {
      take(last, walk);
      return true;
    }
    int entry = search(key, sizes, input);
    if (entry < 0) {
      return false;
    }
    lastFound[stage] = entry;
    take(entry, walk);
    return true;
  }

  /** The matching entry of the smallest of {@code sizes} that has one, or -1. */
  private int search(long key, long sizes, long input) {
    int spread = TlbTag.spread(key);
    for (long left = sizes; left != 0; left &= left - 1) {
      int shift = Long.numberOfTrailingZeros(left);
      long covered = input & -1L << shift;
      int entry = find(firstOfSet(spread, input, shift), TlbTag.sized(key, shift), covered);
      if (entry >= 0) {
        return entry;
      }
    }
    return -1;
  }

  /** The entry of a set that matches, or -1. No loop, as in {@link Tlb}. */
  private int find(int first, long wanted, long covered) {
    if (matches(first, wanted, covered)) {
      return first;
    }
    if (matches(first + ENTRY_WORDS, wanted, covered)) {
      return first + ENTRY_WORDS;
    }
    if (matches(first + 2 * ENTRY_WORDS, wanted, covered)) {
      return first + 2 * ENTRY_WORDS;
    }
    return matches(first + 3 * ENTRY_WORDS, wanted, covered) ? first + 3 * ENTRY_WORDS : -1;
  }

  private boolean matches(int entry, long wanted, long covered) {
    return (entries.get(entry + INPUT) & ~LOW_BITS) == covered
        && (entries.get(entry + TAG) & TlbTag.LOOKUP) == wanted;
  }

  private void take(int entry, TableWalk walk) {
    long name = entries.get(entry + NAME);
    walk.level = TlbTag.level(entries.get(entry + TAG));
    walk.reachShift = (int) (entries.get(entry + INPUT) & LOW_BITS);
    walk.descriptorAddress = entries.get(entry + PHYSICAL);
    walk.descriptorName = name & ~ATTRIBUTES;
    walk.tableAttributes = name & ATTRIBUTES;
  }

  @Override
  public void keep(TableWalk walk, long input) {
    if (sets == 0) {
      return;
    }
    long tag = TlbTag.table(walk);
    int shift = TlbTag.shift(tag);
    long inChunk = (1L << walk.chunkShift()) - 1;
    int entry = victim(firstOfSet(TlbTag.spread(tag), input, shift));
    entries.set(entry + TAG, tag);
    entries.set(entry + INPUT, (input & (-1L << shift)) | walk.reachShift);
    entries.set(entry + PHYSICAL, walk.descriptorAddress & ~inChunk);
    entries.set(
        entry + NAME, (walk.descriptorName & ~inChunk) | (walk.tableAttributes & ATTRIBUTES));
    int stage = stage(tag);
    shifts.set(stage, shifts.get(stage) | 1L << shift);
  }

  private static int stage(long tag) {
    return TlbTag.isStage2(tag) ? 1 : 0;
  }

  /** A free entry of the set, else any: by all that the store holds, which is as good as chance. */
  private int victim(int first) {
    for (int entry = first; entry < first + WAYS * ENTRY_WORDS; entry += ENTRY_WORDS) {
      if (!TlbTag.isValid(entries.get(entry + TAG))) {
        return entry;
      }
    }
    return first + ((int) store.fingerprint() & (WAYS - 1)) * ENTRY_WORDS;
  }

  /**
   * Drops every entry that a command reaches; reads every tag, unless there is no entry.
   *
   * @param word0 and {@code word1}: the command
   * @param wildcardBits how many low bits of a VMID are no matter
   */
  void invalidate(TlbScope scope, long word0, long word1, int wildcardBits) {
    if ((shifts.get(0) | shifts.get(1)) == 0) {
      return;
    }
    boolean empty = true;
    for (int entry = 0; entry < entries.length(); entry += ENTRY_WORDS) {
      long tag = entries.get(entry + TAG);
      if (TlbTag.isValid(tag)) {
        if (scope.reaches(
            tag, entries.get(entry + INPUT) & ~LOW_BITS, word0, word1, wildcardBits)) {
          entries.set(entry + TAG, 0);
        } else {
          empty = false;
        }
      }
    }
    if (empty) {
      shifts.set(0, 0);
      shifts.set(1, 0);
    }
  }

  private int firstOfSet(int spread, long input, int shift) {
    return (((int) (input >>> shift) + spread) & (sets - 1)) * (WAYS * ENTRY_WORDS);
  }
}
