package portcullis.hyp.mem;

import portcullis.pgtable.PageAllocator;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.boot.MemoryRange;
import portcullis.store.Cell;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * EL2's own memory, set aside at boot (series parts 6 and 9): a binary buddy allocator whose state,
 * one word for each page and one for each order, is in the store.
 *
 * <p>{@link #allocate} and {@link #free} find and merge blocks in O(log pages of the pool) and
 * touch each page given or taken once. A request that is no power of two takes only its pages: the
 * rest of the block goes back at once.
 */
public final class PagePool implements PageAllocator {
  /** Orders of blocks, and so log2 of the largest pool in pages. */
  private static final int ORDERS = 24;

  // A page's word. Links are slots plus one, so that 0 ends a list and the fresh store is a pool
  // without pages.
  private static final long LINK_MASK = (1L << ORDERS) - 1;
  private static final int PREVIOUS_LSB = ORDERS;
  private static final int ORDER_LSB = 2 * ORDERS;
  private static final long ORDER_MASK = 0x1f;
  private static final long FREE_BLOCK = 1L << 62;
  private static final long ALLOCATED = 1L << 63;

  private final PhysicalMemory memory;
  private final int pageShift;
  private final long firstPfn;
  private final int pages;
  private final Words slots;
  private final Words heads;
  private final Cell available;

  /**
   * A pool that is empty until {@link #boot}.
   *
   * @param range whole pages of RAM, fewer than 2^24
   * @param pageShift log2 of a page's size
   * @throws IllegalArgumentException if the range is not such
   */
  PagePool(Store store, PhysicalMemory memory, MemoryRange range, int pageShift) {
    long count = range.size() >>> pageShift;
    if (((range.base() | range.size()) & ((1L << pageShift) - 1)) != 0 || count > LINK_MASK) {
      throw new IllegalArgumentException("no pool of pages: " + range);
    }
    this.memory = memory;
    this.pageShift = pageShift;
    this.firstPfn = range.base() >>> pageShift;
    this.pages = (int) count;
    this.slots = store.words("hyp.pool.pages", pages);
    this.heads = store.words("hyp.pool.free", ORDERS);
    this.available = store.cell("hyp.pool.available");
  }

  /** Fills the pool. Called once, before anything is allocated. */
  void boot() {
    assert available.get() == 0;
    freeRun(0, pages);
    available.set(pages);
  }

  /**
   * Takes contiguous pages, aligned to the next power of two of their number, and zeroed.
   *
   * @param count at least 1
   * @return the physical address of the first, or {@link #NO_PAGE} if there is no such run; the
   *     pool is then as it was
   */
  @Override
  public long allocate(int count) {
    assert count > 0;
    int order = Integer.SIZE - Integer.numberOfLeadingZeros(count - 1);
    int found = order;
    while (found < ORDERS && heads.get(found) == 0) {
      found++;
    }
    if (found >= ORDERS) {
      return NO_PAGE;
    }
    int slot = (int) heads.get(found) - 1;
    unlink(slot, found);
    int taken = 1 << found;
    freeRun(slot + count, taken - count);
    for (int i = slot; i < slot + count; i++) {
      slots.set(i, ALLOCATED);
    }
    available.set(available.get() - count);
    long pa = (firstPfn + slot) << pageShift;
    memory.zero(pa, (long) count << pageShift);
    return pa;
  }

  /**
   * Takes back {@code count} pages from {@code pa}: all or part of what {@link #allocate} gave.
   * Anything else is a defect of EL2.
   */
  @Override
  public void free(long pa, int count) {
    int slot = (int) ((pa >>> pageShift) - firstPfn);
    for (int i = slot; i < slot + count; i++) {
      assert slots.get(i) == ALLOCATED : "page not allocated: 0x" + Long.toHexString(pa);
      slots.set(i, 0);
    }
    freeRun(slot, count);
    available.set(available.get() + count);
  }

  /** Pages not allocated. As many single pages can be had, but not always as one run. */
  public long available() {
    return available.get();
  }

  /** Pages allocated. */
  public long used() {
    return pages - available.get();
  }

  /** All pages of the pool. */
  public long size() {
    return pages;
  }

  /** Cuts a run into naturally aligned blocks and frees each. */
  private void freeRun(int slot, int count) {
    int from = slot;
    int end = slot + count;
    while (from < end) {
      int aligned = Long.numberOfTrailingZeros(firstPfn + from | 1L << (ORDERS - 1));
      int fits = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(end - from);
      int order = Math.min(aligned, fits);
      freeBlock(from, order);
      from += 1 << order;
    }
  }

  /** Frees a block, merged with its buddies as long as these are free. */
  private void freeBlock(int slot, int order) {
    long pfn = firstPfn + slot;
    int merged = order;
    while (merged < ORDERS - 1) {
      long buddy = (pfn ^ 1L << merged) - firstPfn;
      if (buddy < 0 || buddy >= pages || !isFree((int) buddy, merged)) {
        break;
      }
      unlink((int) buddy, merged);
      pfn &= ~(1L << merged);
      merged++;
    }
    link((int) (pfn - firstPfn), merged);
  }

  private boolean isFree(int slot, int order) {
    long word = slots.get(slot);
    return (word & FREE_BLOCK) != 0 && (word >>> ORDER_LSB & ORDER_MASK) == order;
  }

  private void link(int slot, int order) {
    long next = heads.get(order);
    if (next != 0) {
      int nextSlot = (int) next - 1;
      slots.set(nextSlot, slots.get(nextSlot) | (slot + 1L) << PREVIOUS_LSB);
    }
    slots.set(slot, FREE_BLOCK | (long) order << ORDER_LSB | next);
    heads.set(order, slot + 1L);
  }

  private void unlink(int slot, int order) {
    long word = slots.get(slot);
    long next = word & LINK_MASK;
    long previous = word >>> PREVIOUS_LSB & LINK_MASK;
    if (next != 0) {
      int nextSlot = (int) next - 1;
      long links = slots.get(nextSlot) & ~(LINK_MASK << PREVIOUS_LSB);
      slots.set(nextSlot, links | previous << PREVIOUS_LSB);
    }
    if (previous != 0) {
      int previousSlot = (int) previous - 1;
      slots.set(previousSlot, (slots.get(previousSlot) & ~LINK_MASK) | next);
    } else {
      heads.set(order, next);
    }
    slots.set(slot, 0);
  }
}
