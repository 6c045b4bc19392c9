package portcullis.machine;

import portcullis.machine.smmuv3.AtsAccess;
import portcullis.machine.smmuv3.AtsCompletion;
import portcullis.machine.smmuv3.Translation;
import portcullis.store.Cell;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * A device's address translation cache (ATC), for all functions behind one master: what ATS gave
 * it, until an invalidation request or another entry takes it away (IHI 0070 3.9.1).
 *
 * <p>Fully associative; every use reads every entry.
 */
final class TranslationCache {
  /** {@link #lookup} found nothing. */
  static final long MISS = -1;

  private static final int ENTRIES = 32;
  private static final int ENTRY_WORDS = 3;

  /** Word 0 of an entry, then the input page, then the output page and the SMMU's index. */
  private static final int TAG = 0;

  private static final int INPUT = 1;
  private static final int OUTPUT = 2;

  private static final long VALID = 1;
  private static final int ACCESS = 1;
  private static final int ACCESS_MASK = 0b1111;
  private static final long TAGGED = 1 << 5;
  private static final int SHIFT = 6;
  private static final int SHIFT_MASK = 0x3f;
  private static final int SUBSTREAM = 12;
  private static final int STREAM = 32;
  private static final long SMMU_MASK = 0xfff;
  private static final int PAGE_SHIFT = 12;

  private final Words entries;
  private final Cell next;

  TranslationCache(Store store, String name) {
    entries = store.words(name + ".entries", ENTRIES * ENTRY_WORDS);
    next = store.cell(name + ".next");
  }

  /** Who asked: stream, and SubstreamID if there is one. */
  private static long identity(int streamId, int substreamId) {
    boolean tagged = substreamId != Translation.NO_SUBSTREAM;
    return VALID
        | (tagged ? TAGGED | (long) substreamId << SUBSTREAM : 0)
        | Integer.toUnsignedLong(streamId) << STREAM;
  }

  private static final long IDENTITY =
      ~(((long) ACCESS_MASK << ACCESS) | ((long) SHIFT_MASK << SHIFT));

  private int shift(int entry) {
    return (int) (entries.get(entry + TAG) >>> SHIFT) & SHIFT_MASK;
  }

  private boolean isOf(int entry, long identity, long compared, int smmu) {
    return (entries.get(entry + TAG) & compared) == (identity & compared)
        && (entries.get(entry + OUTPUT) & SMMU_MASK) == smmu;
  }

  /**
   * The translated address, or {@link #MISS}.
   *
   * @param access what is needed, as {@link AtsAccess} has it
   */
  long lookup(Stream stream, long address, int access) {
    long identity = identity(stream.streamId(), stream.substreamId());
    for (int entry = 0; entry < ENTRIES * ENTRY_WORDS; entry += ENTRY_WORDS) {
      if (isOf(entry, identity, IDENTITY, stream.smmu())
          && ((entries.get(entry + TAG) >>> ACCESS) & access) == access
          && (address ^ entries.get(entry + INPUT)) >>> shift(entry) == 0) {
        long offset = address & ((1L << shift(entry)) - 1);
        return (entries.get(entry + OUTPUT) & ~SMMU_MASK) | offset;
      }
    }
    return MISS;
  }

  /** Keeps what a completion grants, in place of the oldest entry. */
  void insert(Stream stream, long address, AtsCompletion completion) {
    int entry = (int) next.get() * ENTRY_WORDS;
    next.set((next.get() + 1) % ENTRIES);
    int shift = completion.shift();
    entries.set(
        entry + TAG,
        identity(stream.streamId(), stream.substreamId())
            | (long) completion.access() << ACCESS
            | (long) shift << SHIFT);
    entries.set(entry + INPUT, address & (-1L << shift));
    entries.set(entry + OUTPUT, completion.address() | stream.smmu());
  }

  /** Drops everything. */
  void clear() {
    for (int word = 0; word < entries.length(); word++) {
      entries.set(word, 0);
    }
  }

  /**
   * Drops what an invalidation request reaches: of the same PASID or lack of one, or of every PASID
   * if it is global.
   *
   * @param address and {@code log2Pages}: the span, in units of 4 KiB
   */
  void invalidate(
      int smmu, int streamId, int substreamId, boolean global, long address, int log2Pages) {
    long identity = identity(streamId, substreamId);
    int spanShift = Math.min(log2Pages + PAGE_SHIFT, Long.SIZE);
    long mask = global ? IDENTITY & ~(0xfffffL << SUBSTREAM) : IDENTITY;
    for (int entry = 0; entry < ENTRIES * ENTRY_WORDS; entry += ENTRY_WORDS) {
      int common = Math.max(shift(entry), spanShift);
      boolean overlaps =
          common >= Long.SIZE || (address ^ entries.get(entry + INPUT)) >>> common == 0;
      if (overlaps && isOf(entry, identity, mask, smmu)) {
        entries.set(entry + TAG, 0);
      }
    }
  }
}
