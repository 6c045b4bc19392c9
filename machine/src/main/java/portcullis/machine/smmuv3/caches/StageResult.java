package portcullis.machine.smmuv3.caches;

import portcullis.machine.smmuv3.attributes.MemoryAttributes;
import portcullis.machine.vmsa.TableWalk;

/**
 * What one stage made of an address, by a walk or by a TLB entry.
 *
 * <p>A plain holder between {@link Tlb} and the two stages; it decides nothing.
 */
public final class StageResult {

  /** The walk's registers; after a TLB hit they mean nothing. */
  public final TableWalk walk = new TableWalk();

  /** Output address of the page or block, its offset bits zero. */
  public long output;

  /** log2 of the bytes that {@link #output} stands for. */
  public int shift;

  /** As {@code Permissions} packs them. */
  public int permissions;

  /** As {@link MemoryAttributes} packs them. */
  public int attributes;

  /** For an entry of stage 1: the intermediate address of the page, its offset bits zero. */
  public long ipa;

  /** Whether the TLB had an entry for the address. */
  boolean found;

  /** The last set of the TLB that was searched for the address. */
  int set;

  /** log2 of the bytes of the entries that were searched for there; 0 if no set was searched. */
  int setShift;

  /** Whether it may be kept in a TLB. */
  public boolean cacheable;

  /** Takes output address and size from the walk, which found a leaf. */
  public void takeLeaf(BbmLevel bbm) {
    output = walk.output;
    shift = walk.leafShift();
    cacheable = bbm.caches(walk);
  }

  /** The full output address for {@code input}. */
  public long outputFor(long input) {
    return output | (input & ((1L << shift) - 1));
  }
}
