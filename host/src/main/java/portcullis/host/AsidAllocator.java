package portcullis.host;

import portcullis.store.Cell;
import portcullis.store.PagedWords;
import portcullis.store.Store;

/**
 * The ASIDs of one SMMU's domains: from 1 up, those given back first. ASID 0 is never handed out,
 * as in Linux. O(1).
 */
final class AsidAllocator {
  /** No ASID is left. */
  static final int NONE = 0;

  private static final int MAX_BITS = 16;

  /** The ASID given back last, 0 for none. */
  private final Cell returned;

  /** For an ASID given back, the one given back before it. */
  private final PagedWords before;

  /** The highest ASID ever handed out. */
  private final Cell highest;

  AsidAllocator(Store store, String name) {
    returned = store.cell(name + ".asid.returned");
    before = store.paged(name + ".asid.before", 1L << MAX_BITS);
    highest = store.cell(name + ".asid.highest");
  }

  /**
   * An ASID that no domain has.
   *
   * @param bits that the SMMU takes, 8 or 16
   * @return {@link #NONE} if all are taken
   */
  int allocate(int bits) {
    int asid = (int) returned.get();
    if (asid != NONE) {
      returned.set(before.get(asid));
      return asid;
    }
    long next = highest.get() + 1;
    if (next >>> bits != 0) {
      return NONE;
    }
    highest.set(next);
    return (int) next;
  }

  /** Takes an ASID back; no TLB holds anything of it any more. */
  void free(int asid) {
    before.set(asid, returned.get());
    returned.set(asid);
  }
}
