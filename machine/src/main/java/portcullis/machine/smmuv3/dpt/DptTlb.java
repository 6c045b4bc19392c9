package portcullis.machine.smmuv3.dpt;

import portcullis.arch.smmu.DptBlock;
import portcullis.machine.smmuv3.caches.DptScope;
import portcullis.store.Cell;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * The DPT TLB, set-associative, in the store: regions that a walk of the table, or the answer to an
 * ATS Translation Request, gave permissions, and the level 1 tables that level 0 entries lead to.
 * An entry stays until a CMD_DPTI_* reaches it or another takes its place (IHI 0070 3.24.2).
 */
final class DptTlb {
  /** What {@link #lookup} finds. */
  enum Finding {
    PERMITTED,
    DENIED,
    NOTHING
  }

  /** There is no table, see {@link #table}: no table has this address. */
  static final long NO_TABLE = -1;

  private static final int WAYS = 4;
  private static final long PAGE = ~0xfffL;

  private static final long PRESENT = 1;
  private static final int SHIFT_LSB = 1;
  private static final long SHIFT_MASK = 0x3f;

  /** The entry leads to a level 1 table; its other word is the address. */
  private static final long TABLE = 1 << 7;

  /** The entry was made by the answer to a Translation Request: it can only permit (3.24.2.1). */
  private static final long ANSWER = 1 << 8;

  /** Spreads keys over the sets (2^64 divided by the golden ratio). */
  private static final long SPREAD = 0x9e37_79b9_7f4a_7c15L;

  private final int ways;
  private final int sets;
  private final Words tags;
  private final Words values;

  /** The region sizes in use, as bits. */
  private final Cell shifts;

  /**
   * Declares it.
   *
   * @param capacity entries: 0 for none, else a power of two
   */
  DptTlb(Store store, String name, int capacity) {
    ways = Math.min(WAYS, capacity);
    sets = capacity == 0 ? 0 : capacity / ways;
    tags = store.words(name + ".tags", capacity);
    values = store.words(name + ".values", capacity);
    shifts = store.cell(name + ".shifts_in_use");
  }

  /**
   * Whether an entry permits the access, or one of the table denies it and none permits it.
   *
   * @param vmid and {@code match}: as for {@link DptPermission#permits}
   */
  Finding lookup(long pa, boolean write, int vmid, int match) {
    Finding finding = Finding.NOTHING;
    for (long sizes = shifts.get(); sizes != 0; sizes &= sizes - 1) {
      int shift = Long.numberOfTrailingZeros(sizes);
      long tag = tag(pa, shift);
      int first = firstOfSet(tag);
      for (int place = first; place < first + ways; place++) {
        long present = tags.get(place);
        if ((present & ~ANSWER) != tag) {
          continue;
        }
        if (DptPermission.permits(values.get(place), write, vmid, match)) {
          return Finding.PERMITTED;
        }
        if ((present & ANSWER) == 0) {
          finding = Finding.DENIED;
        }
      }
    }
    return finding;
  }

  /**
   * The level 1 table that is kept for an address, or {@link #NO_TABLE}.
   *
   * @param shift log2 of what a level 0 entry is for
   */
  long table(long pa, int shift) {
    if (sets == 0) {
      return NO_TABLE;
    }
    long tag = tag(pa, shift) | TABLE;
    int first = firstOfSet(tag);
    for (int place = first; place < first + ways; place++) {
      if (tags.get(place) == tag) {
        return values.get(place);
      }
    }
    return NO_TABLE;
  }

  /** Keeps what a walk of the table found. */
  void keep(long pa, int shift, long permission) {
    put(tag(pa, shift), permission);
  }

  /** Keeps what the answer to a Translation Request says of a region. */
  void keepAnswer(long pa, int shift, long permission) {
    put(tag(pa, shift) | ANSWER, permission);
  }

  /** Keeps where a level 0 entry leads. */
  void keepTable(long pa, int shift, long address) {
    put(tag(pa, shift) | TABLE, address);
  }

  private void put(long tag, long value) {
    if (sets == 0) {
      return;
    }
    int place = victim(firstOfSet(tag), tag, value);
    tags.set(place, tag);
    values.set(place, value);
    if ((tag & TABLE) == 0) {
      shifts.set(shifts.get() | 1L << shift(tag));
    }
  }

  /** The place of the same region and VMID, else a free one, else any. */
  private int victim(int first, long tag, long value) {
    int free = -1;
    long mixed = tag;
    for (int place = first; place < first + ways; place++) {
      long present = tags.get(place);
      if (present == tag && DptBlock.VMID.get(values.get(place) ^ value) == 0) {
        return place;
      }
      if ((present & PRESENT) == 0) {
        free = place;
      }
      mixed = (mixed ^ present) * SPREAD;
    }
    return free >= 0 ? free : first + ((int) (mixed >>> Integer.SIZE) & (ways - 1));
  }

  /** Whether it keeps nothing; reads every tag. */
  boolean isEmpty() {
    for (int place = 0; place < tags.length(); place++) {
      if ((tags.get(place) & PRESENT) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Drops the entries that a command reaches; reads every tag. */
  void invalidate(DptScope scope, long word1) {
    for (int place = 0; place < tags.length(); place++) {
      long tag = tags.get(place);
      if ((tag & PRESENT) != 0
          && scope.reaches(tag & PAGE, shift(tag), (tag & TABLE) != 0, word1)) {
        tags.set(place, 0);
      }
    }
  }

  private int firstOfSet(long tag) {
    return ((int) (((tag & ~ANSWER) * SPREAD) >>> Integer.SIZE) & (sets - 1)) * ways;
  }

  private static long tag(long pa, int shift) {
    return (pa & -1L << shift) | (long) shift << SHIFT_LSB | PRESENT;
  }

  private static int shift(long tag) {
    return (int) (tag >>> SHIFT_LSB & SHIFT_MASK);
  }
}
