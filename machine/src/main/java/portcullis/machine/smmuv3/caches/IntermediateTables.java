package portcullis.machine.smmuv3.caches;

import portcullis.machine.smmuv3.registers.ChangeCount;
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

  /** log2 of a descriptor's bytes. */
  private static final int DESCRIPTOR_SHIFT = 3;

  /** Of each: with the input the reach, the physical address, and the name with attributes. */
  private final TaggedSets entries;

  /** By stage, the {@linkplain TlbTag#shift sizes} in use, as bits. */
  private final Words shifts;

  private final Store store;
  private final ChangeCount changes;
  private final Found ofStage1 = new Found();
  private final Found ofStage2 = new Found();

  /**
   * The table that a search found last, in the registers that a walk takes. Not state: as long as
   * nothing has changed since, another search for an input that the table resolves would find it
   * again, as it is of the smallest size in use.
   */
  private static final class Found {
    /** The {@link #now} for which it holds. */
    long when = Long.MIN_VALUE;

    long key;
    long page;
    int shift;
    int level;
    int reachShift;
    long address;
    long name;
    long attributes;

    /** They take a descriptor's offset in the table, or in the part of it, out of an input. */
    int slotShift;

    long slotMask;
  }

  /**
   * Declares the cache's state.
   *
   * @param capacity entries: 0 for none, else a power of two of at least four
   */
  public IntermediateTables(Store store, String name, int capacity) {
    this.store = store;
    entries = new TaggedSets(store, name + ".entries", capacity);
    changes = entries.changes();
    shifts = store.words(name + ".shifts_in_use", 2);
  }

  /** Whether it keeps nothing. */
  public boolean isEmpty() {
    return entries.isEmpty();
  }

  @Override
  public boolean resume(TableWalk walk, long input) {
    long key = TlbTag.tableKey(walk.space);
    Found found = TlbTag.isStage2(key) ? ofStage2 : ofStage1;
    if ((found.when != now() || found.key != key || found.page != input >>> found.shift)
        && !search(key, input, found)) {
      return false;
    }
    long slot = (input >>> found.slotShift) & found.slotMask;
    walk.level = found.level;
    walk.reachShift = found.reachShift;
    walk.descriptorAddress = found.address | slot;
    walk.descriptorName = found.name | slot;
    walk.tableAttributes = found.attributes;
    return true;
  }

  /** Counts the changes of entries, undo and load included; it never falls. */
  private long now() {
    return changes.count() + store.epoch();
  }

  /** Finds the matching entry of the smallest size that has one, if any. */
  private boolean search(long key, long input, Found found) {
    long sizes = shifts.get(stage(key));
    int spread = TlbTag.spread(key);
    for (long left = sizes; left != 0; left &= left - 1) {
      int shift = Long.numberOfTrailingZeros(left);
      int set = entries.set(spread, input, shift);
      int entry = entries.find(set, TlbTag.sized(key, shift), TlbTag.LOOKUP, input & -1L << shift);
      if (entry != TaggedSets.NONE) {
        take(entry, found);
        found.key = key;
        found.shift = shift;
        found.page = input >>> shift;
        found.when = left == sizes ? now() : Long.MIN_VALUE;
        return true;
      }
    }
    return false;
  }

  private void take(int entry, Found found) {
    long tag = entries.tag(entry);
    long name = entries.second(entry);
    int levelShift = TlbTag.levelShift(tag);
    found.level = TlbTag.level(tag);
    found.reachShift = (int) (entries.input(entry) & TaggedSets.LOW_BITS);
    found.address = entries.first(entry);
    found.name = name & ~ATTRIBUTES;
    found.attributes = name & ATTRIBUTES;
    found.slotShift = levelShift - DESCRIPTOR_SHIFT;
    found.slotMask = ((1L << (TlbTag.shift(tag) - levelShift)) - 1) << DESCRIPTOR_SHIFT;
  }

  @Override
  public void keep(TableWalk walk, long input) {
    if (!entries.exist()) {
      return;
    }
    long tag = TlbTag.table(walk);
    int shift = TlbTag.shift(tag);
    long inChunk = (1L << walk.chunkShift()) - 1;
    int set = entries.set(TlbTag.spread(tag), input, shift);
    entries.put(
        entries.victim(set, input >>> shift),
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
