package portcullis.pgtable;

/**
 * Invalidation of what walkers may have cached of one table (TLB entries and table pointers), on
 * every CPU or SMMU that walks it.
 *
 * <p>The order that {@link PageTable} keeps: a descriptor is written, the observer told, then
 * {@link #invalidate} called for its region. Where the table itself depends on the outcome it calls
 * {@link #complete} in between: before it frees a table page that was unlinked, and in
 * break-before-make (DDI 0487 D8, break-before-make) before it writes the new descriptor. It does
 * not call it at the end of an operation: requests may be gathered over several operations, and the
 * caller completes them before any page that was unmapped changes hands.
 */
public interface TlbMaintenance {

  /** For a table that nothing walks yet, or that is invalidated as a whole later. */
  TlbMaintenance NONE =
      new TlbMaintenance() {
        @Override
        public void invalidate(long in, long bytes, int level, boolean leaf) {}

        @Override
        public boolean complete() {
          return true;
        }
      };

  /**
   * Asks to forget one contiguous region. The requests of one operation do not overlap, but for the
   * block at an edge that was split.
   *
   * @param in first input address, a multiple of what a descriptor at {@code level} covers;
   *     sign-extended for a TTB1 table
   * @param bytes a multiple of the same
   * @param level where the descriptors stood that changed
   * @param leaf whether only blocks or pages of {@code level} changed, so that one invalidation for
   *     each, with that level as its hint, is enough. If not, tables were unlinked: table pointers
   *     and everything at {@code level} or below must go, at the granule's stride and without hint
   */
  void invalidate(long in, long bytes, int level, boolean leaf);

  /**
   * Waits, for a bounded time, until all that was asked for so far has been forgotten and no access
   * that used it is still under way.
   *
   * @return whether that is so; false for as long as any earlier request is outstanding
   */
  boolean complete();
}
