package portcullis.machine.smmuv3;

import portcullis.machine.vmsa.TableWalk;

/**
 * What one stage made of an address, by a walk or by a TLB entry.
 *
 * <p>A plain holder between {@link Tlb} and the two stages; it decides nothing.
 */
final class StageResult {

  /** The walk's registers; after a TLB hit they mean nothing. */
  final TableWalk walk = new TableWalk();

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

  /** Whether the TLB had an entry for the address. */
  boolean found;

  /** Whether it may be kept in a TLB. */
  boolean cacheable;

  /** Takes output address and size from the walk, which found a leaf. */
  void takeLeaf(BbmLevel bbm) {
    output = walk.output;
    shift = walk.leafShift();
    cacheable = bbm.caches(walk);
  }

  /** The full output address for {@code input}. */
  long outputFor(long input) {
    return output | (input & ((1L << shift) - 1));
  }
}
