package portcullis.hyp.mem;

import portcullis.arch.vmsa.Granule;
import portcullis.hyp.Status;
import portcullis.platform.boot.MemoryRange;

/** What an IOMMU driver may ask of page ownership. */
public interface PageServices {

  /** log2 of the hypervisor's page: 12, 14 or 16. */
  int pageShift();

  /** The same as translation tables have it. */
  Granule granule();

  /**
   * Whether all of {@code [pa, pa+bytes)} is RAM that the host owns (pinned or shared pages
   * included).
   */
  boolean hostOwns(long pa, long bytes);

  /**
   * Keeps the pages of {@code [pa, pa+bytes)} with the host: until as many {@link #unpin} calls,
   * none of them can change hands. Counted per page; all or nothing.
   *
   * @return OK; DENIED if any page is not RAM of the host; INVALID if the range wraps or is empty;
   *     BUSY if a count is full
   */
  Status pin(long pa, long bytes);

  /** Takes back one {@link #pin} of exactly the same range. */
  void unpin(long pa, long bytes);

  /**
   * Moves a device's register pages from the host to EL2: the host's accesses trap from now on
   * (series part 2).
   *
   * @return OK; INVALID if not page-aligned or overlapping RAM; DENIED if not the host's
   */
  Status donateMmio(MemoryRange registers);

  /** Gives register pages back to the host. */
  Status returnMmio(MemoryRange registers);

  /** EL2's own memory. */
  PagePool pool();

  /**
   * Tells {@code visitor} every maximal range of addresses that the host's stage-2 holds or would
   * fault in: RAM and everything else below the top of the IPA space, without what belongs to EL2
   * or a guest. In ascending order.
   */
  void forEachHostRange(RangeVisitor visitor);

  /** Takes one range at a time. */
  @FunctionalInterface
  interface RangeVisitor {
    /**
     * One range of the host's.
     *
     * @param memory whether it is RAM (else registers or nothing)
     * @return OK to go on; anything else ends the walk
     */
    Status range(long start, long end, boolean memory);
  }
}
