package portcullis.machine.smmuv3;

import portcullis.arch.smmu.EventType;

/**
 * The working registers of one stage: what to walk, and what the walk or a TLB entry gave.
 *
 * <p>A plain holder between {@link TableWalker}, {@link Tlb} and the two stages; it decides
 * nothing.
 */
final class TableWalk {

  /** Address of the start-level table, aligned to its size. */
  long table;

  /** Level of the first lookup, 0 to 3. */
  int startLevel;

  /** log2 of the granule: 12, 14 or 16. */
  int granuleShift;

  /** Bits of input address that the tables cover. */
  int inputBits;

  /** Bits of output address; a descriptor with more is an Address Size fault. */
  int outputBits;

  /** Level of the leaf descriptor. */
  int level;

  /** The leaf descriptor. */
  long descriptor;

  /**
   * All table descriptors passed, ORed: the hierarchical attributes accumulate as bits that are
   * set.
   */
  long tableAttributes;

  /** Why the walk found no leaf; null where it did, or where reaching a table faulted. */
  EventType fault;

  /** Physical address of the descriptor that could not be read, after F_WALK_EABT. */
  long fetchAddress;

  /** Output address of the page or block, its offset bits zero. */
  long output;

  /** log2 of the bytes that {@link #output} stands for. */
  int shift;

  /** As {@link Permissions} packs them. */
  int permissions;

  /** As {@link MemoryAttributes} packs them. */
  int attributes;

  /** For an entry of stage 1: the intermediate address of the page, its offset bits zero. */
  long ipa;

  /** The full output address for {@code input}. */
  long outputFor(long input) {
    return output | (input & ((1L << shift) - 1));
  }
}
