package portcullis.hyp;

import portcullis.hyp.iommu.IommuCore;
import portcullis.hyp.mem.Guests;
import portcullis.hyp.mem.HostPages;

/**
 * What the host can ask of EL2 by HVC. The function number is in the low 32 bits of x0 (Arm DEN
 * 0028, SMC Calling Convention: fast 64-bit calls of the vendor-specific hypervisor service),
 * arguments in x1 to x3, all 64 bits of each counting, and what is not named ignored; the result in
 * x0 is 0 or a value, or the negative code of a {@link Status}. A call that fails has changed no
 * page's owner, with one exception: if an IOMMU fails in a {@link #RECLAIM} and cannot be brought
 * back to where it was, the pages are the host's.
 *
 * <p>{@code pfn} is a page frame number in pages of the hypervisor's size, {@code count} a number
 * of pages from 1 to {@link HostPages#MAX_PAGES}.
 */
public enum Hypercall {
  /** No argument. Starts a guest; gives its handle, 1 to {@link Guests#MAX}, or NO_MEMORY. */
  CREATE_GUEST(0) {
    @Override
    long call(HostPages pages, IommuCore iommus, long x1, long x2, long x3) {
      int guest = pages.createGuest();
      return guest != 0 ? guest : Status.NO_MEMORY.code();
    }
  },

  /**
   * x1 guest. Ends a guest: its pages become reclaimable, and its handle free once no page is left.
   */
  DESTROY_GUEST(1) {
    @Override
    long call(HostPages pages, IommuCore iommus, long x1, long x2, long x3) {
      return pages.destroyGuest(x1).code();
    }
  },

  /** x1 guest, x2 pfn, x3 count. Gives pages to a guest. */
  DONATE(2) {
    @Override
    long call(HostPages pages, IommuCore iommus, long x1, long x2, long x3) {
      return pages.donate(x1, x2, x3).code();
    }
  },

  /** x1 pfn, x2 count. Takes pages of one destroyed guest back, erased. */
  RECLAIM(3) {
    @Override
    long call(HostPages pages, IommuCore iommus, long x1, long x2, long x3) {
      return pages.reclaim(x1, x2).code();
    }
  },

  /** x1 guest, x2 pfn, x3 count. Lets a guest touch pages of the host. */
  SHARE(4) {
    @Override
    long call(HostPages pages, IommuCore iommus, long x1, long x2, long x3) {
      return pages.share(x1, x2, x3).code();
    }
  },

  /** x1 guest, x2 pfn, x3 count. Takes one {@link #SHARE} back. */
  UNSHARE(5) {
    @Override
    long call(HostPages pages, IommuCore iommus, long x1, long x2, long x3) {
      return pages.unshare(x1, x2, x3).code();
    }
  },

  /** x1 pfn, x2 count. Lets EL2 touch pages of the host. */
  SHARE_HYP(6) {
    @Override
    long call(HostPages pages, IommuCore iommus, long x1, long x2, long x3) {
      return pages.shareHyp(x1, x2).code();
    }
  },

  /** x1 pfn, x2 count. Takes one {@link #SHARE_HYP} back. */
  UNSHARE_HYP(7) {
    @Override
    long call(HostPages pages, IommuCore iommus, long x1, long x2, long x3) {
      return pages.unshareHyp(x1, x2).code();
    }
  },

  /**
   * x1 the address of an IOMMU's registers. Takes its power: for the power domain that a kernel
   * puts it into, whose switch (firmware, power controller) only EL2 reaches. DENIED where that
   * would open a way around the IOMMU, TIMEOUT if it does not come to rest, OK if it has none
   * already. Until {@link #POWER_ON}, accesses to its registers abort.
   */
  POWER_OFF(8) {
    @Override
    long call(HostPages pages, IommuCore iommus, long x1, long x2, long x3) {
      return iommus.power(x1, false).code();
    }
  },

  /**
   * x1 the address of an IOMMU's registers. Gives its power back; it is as it was when it lost it,
   * in the host's view too. DENIED if it does not come up aborting, TIMEOUT if it does not answer:
   * then it has no power.
   */
  POWER_ON(9) {
    @Override
    long call(HostPages pages, IommuCore iommus, long x1, long x2, long x3) {
      return iommus.power(x1, true).code();
    }
  };

  /** Fast call (bit 31), 64-bit (bit 30), vendor-specific hypervisor service (bits 29:24 = 6). */
  private static final long BASE = 0xc600_0000L;

  private static final long FUNCTION_MASK = 0xffff_ffffL;

  private static final Hypercall[] VALUES = values();

  private final long function;

  Hypercall(int number) {
    this.function = BASE | number;
  }

  /** The function number, for x0. */
  public long function() {
    return function;
  }

  /** The call that {@code x0} asks for, or null if there is none. */
  static Hypercall of(long x0) {
    for (Hypercall call : VALUES) {
      if (call.function == (x0 & FUNCTION_MASK)) {
        return call;
      }
    }
    return null;
  }

  /** Carries the call out; the result for x0. */
  abstract long call(HostPages pages, IommuCore iommus, long x1, long x2, long x3);
}
