package portcullis.pgtable;

/** Where table pages come from: pages of the table's granule. */
public interface PageAllocator {

  /** No page: a result that no physical address has. */
  long NO_PAGE = -1;

  /**
   * Takes contiguous pages, aligned to their whole size and zeroed.
   *
   * @param pages a power of two, 1 to 16: more than one only for the concatenated root of a stage-2
   *     table
   * @return the physical address of the first, or {@link #NO_PAGE} if there are none
   */
  long allocate(int pages);

  /**
   * Takes back pages, which may be reused at once.
   *
   * @param pa what {@link #allocate} returned
   * @param pages as many as were allocated
   */
  void free(long pa, int pages);
}
