package portcullis.machine.smmuv3;

import portcullis.store.Cell;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * The TLB: set-associative, in the store, so that an entry that nobody invalidates stays usable
 * (IHI 0070 3.17, 4.4).
 *
 * <p>Two kinds of entry: stage 2 (IPA to PA, tagged by VMID), and stage 1 (VA to PA, tagged by
 * VMID, and ASID unless global), which for a nested stream combines both stages. All belong to the
 * NS-EL1 StreamWorld, the only one here. A lookup costs one set per page size in use; an
 * invalidation reads the tag of every entry.
 */
final class Tlb {

  /** Whether an entry translates a stage-1 input (and holds both stages), or an IPA. */
  enum Kind {
    STAGE_1(0),
    STAGE_2(1);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    /** The tag's bit. */
    int code() {
      return code;
    }
  }

  /** Entries of one set. */
  static final int WAYS = 4;

  private static final int ENTRY_WORDS = 4;

  /** Word 0 of an entry, then input page and permissions, output page and attributes, IPA page. */
  private static final int TAG = 0;

  private static final int INPUT = 1;
  private static final int OUTPUT = 2;
  private static final int IPA = 3;

  private static final long LOW_BITS = 0xfff;

  private final Words entries;
  private final Words nextVictim;
  private final Cell shiftsInUse;
  private final Cell globalShiftsInUse;
  private final int sets;

  /**
   * Declares the TLB's state.
   *
   * @param capacity entries, a power of two of at least four
   */
  Tlb(Store store, String name, int capacity) {
    sets = capacity / WAYS;
    entries = store.words(name + ".entries", capacity * ENTRY_WORDS);
    nextVictim = store.words(name + ".next_victim", sets);
    shiftsInUse = store.cell(name + ".shifts_in_use");
    globalShiftsInUse = store.cell(name + ".global_shifts_in_use");
  }

  /**
   * Looks {@code input} up.
   *
   * @param asid and {@code asidSet}: ignored for {@link Kind#STAGE_2}
   * @param into on a hit takes output, shift, permissions, attributes and IPA
   */
  boolean lookup(Kind kind, int vmid, int asid, boolean asidSet, long input, StageResult into) {
    for (long shifts = shiftsInUse.get(); shifts != 0; shifts &= shifts - 1) {
      int shift = Long.numberOfTrailingZeros(shifts);
      long wanted = TlbTag.key(kind, shift, vmid, asid);
      if (probe(wanted, TlbTag.LOOKUP, input, shift, into)) {
        return true;
      }
    }
    for (long shifts = globalShiftsInUse.get(); shifts != 0; shifts &= shifts - 1) {
      int shift = Long.numberOfTrailingZeros(shifts);
      long wanted = TlbTag.globalKey(shift, vmid, asidSet);
      if (kind == Kind.STAGE_1 && probe(wanted, TlbTag.GLOBAL_LOOKUP, input, shift, into)) {
        return true;
      }
    }
    return false;
  }

  private boolean probe(long wanted, long compared, long input, int shift, StageResult into) {
    long page = input & -(1L << shift);
    int first = setOf(wanted, input, shift) * WAYS * ENTRY_WORDS;
    for (int way = 0; way < WAYS; way++) {
      int entry = first + way * ENTRY_WORDS;
      if ((entries.get(entry + TAG) & compared) == wanted
          && (entries.get(entry + INPUT) & ~LOW_BITS) == page) {
        into.shift = shift;
        into.permissions = (int) (entries.get(entry + INPUT) & LOW_BITS);
        into.output = entries.get(entry + OUTPUT) & ~LOW_BITS;
        into.attributes = (int) (entries.get(entry + OUTPUT) & LOW_BITS);
        into.ipa = entries.get(entry + IPA);
        return true;
      }
    }
    return false;
  }

  /**
   * Keeps a translation, in place of an older one where its set is full.
   *
   * @param tag as {@link TlbTag} packs it
   * @param result gives output, permissions, attributes, IPA and {@code shift}
   */
  void insert(long tag, long input, StageResult result) {
    int shift = result.shift;
    int set = setOf(tag, input, shift);
    int entry = victim(set, tag, input & -(1L << shift));
    entries.set(entry + TAG, tag);
    entries.set(entry + INPUT, (input & -(1L << shift)) | result.permissions);
    entries.set(entry + OUTPUT, result.output | result.attributes);
    entries.set(entry + IPA, result.ipa);
    Cell shifts = TlbTag.global(tag) ? globalShiftsInUse : shiftsInUse;
    shifts.set(shifts.get() | (1L << shift));
  }

  /** The entry to fill: the same translation's, else a free one, else the next in turn. */
  private int victim(int set, long tag, long page) {
    int first = set * WAYS * ENTRY_WORDS;
    int free = -1;
    for (int way = 0; way < WAYS; way++) {
      int entry = first + way * ENTRY_WORDS;
      long present = entries.get(entry + TAG);
      if (present == tag && (entries.get(entry + INPUT) & ~LOW_BITS) == page) {
        return entry;
      }
      if (!TlbTag.valid(present) && free < 0) {
        free = entry;
      }
    }
    if (free >= 0) {
      return free;
    }
    int way = (int) nextVictim.get(set);
    nextVictim.set(set, (way + 1) % WAYS);
    return first + way * ENTRY_WORDS;
  }

  /**
   * Drops every entry that a command reaches; reads every tag.
   *
   * @param word0 and {@code word1}: the command
   */
  void invalidate(TlbScope scope, long word0, long word1) {
    boolean empty = true;
    for (int entry = 0; entry < entries.length(); entry += ENTRY_WORDS) {
      long tag = entries.get(entry + TAG);
      if (TlbTag.valid(tag)) {
        if (scope.reaches(tag, entries.get(entry + INPUT) & ~LOW_BITS, word0, word1)) {
          entries.set(entry + TAG, 0);
        } else {
          empty = false;
        }
      }
    }
    if (empty) {
      shiftsInUse.set(0);
      globalShiftsInUse.set(0);
    }
  }

  /** Consecutive pages use consecutive sets; VMID, ASID and kind say where they begin. */
  private int setOf(long tag, long input, int shift) {
    return ((int) (input >>> shift) + TlbTag.spread(tag)) & (sets - 1);
  }
}
