package portcullis.host;

import portcullis.pgtable.PageAllocator;
import portcullis.platform.HostCpu;
import portcullis.store.Cell;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * The host's page allocator over one range of its RAM: blocks of 2^order pages, naturally aligned.
 * Free blocks are linked through their first word, so a block costs O(1) to take (beside zeroing
 * it) and to give back. Blocks are split but not merged again.
 */
public final class HostMemory implements PageAllocator {
  /** The largest block has 2^19 pages: 2 GiB of 4 KiB pages. */
  private static final int ORDERS = 20;

  private final HostCpu cpu;
  private final int pageShift;
  private final long end;
  private final Cell untouched;
  private final Words free;

  /**
   * Takes over a range.
   *
   * @param base first address, page-aligned
   * @param bytes a multiple of the page
   * @param pageShift log2 of the page
   */
  public HostMemory(Store store, HostCpu cpu, long base, long bytes, int pageShift) {
    this.cpu = cpu;
    this.pageShift = pageShift;
    this.end = base + bytes;
    this.untouched = store.cell("host.memory.untouched");
    this.free = store.words("host.memory.free", ORDERS);
    untouched.set(base);
  }

  /** Bytes in a page. */
  public long pageSize() {
    return 1L << pageShift;
  }

  /**
   * {@code bytes} rounded up to a power of two of pages, zeroed and naturally aligned.
   *
   * @return its address, or {@link #NO_PAGE}
   */
  public long allocateBytes(long bytes) {
    return allocateBlock(order(pages(bytes)));
  }

  /** Gives back what {@link #allocateBytes} gave for the same size. */
  public void freeBytes(long address, long bytes) {
    push(address, order(pages(bytes)));
  }

  @Override
  public long allocate(int pages) {
    return allocateBlock(order(pages));
  }

  @Override
  public void free(long address, int pages) {
    push(address, order(pages));
  }

  private long pages(long bytes) {
    return (bytes + pageSize() - 1) >>> pageShift;
  }

  private static int order(long pages) {
    return pages <= 1 ? 0 : Long.SIZE - Long.numberOfLeadingZeros(pages - 1);
  }

  private long allocateBlock(int order) {
    if (order >= ORDERS) {
      return NO_PAGE;
    }
    int from = order;
    while (from < ORDERS && free.get(from) == 0) {
      from++;
    }
    long block;
    if (from < ORDERS) {
      block = free.get(from) - 1;
      free.set(from, cpu.memory().read64(block));
      while (from > order) {
        from--;
        push(block + (pageSize() << from), from);
      }
    } else {
      block = fresh(order);
      if (block == NO_PAGE) {
        return NO_PAGE;
      }
    }
    cpu.memory().zero(block, pageSize() << order);
    return block;
  }

  /** A block from memory never handed out; what alignment skips goes to the free lists. */
  private long fresh(int order) {
    long size = pageSize() << order;
    long start = untouched.get();
    long block = (start + size - 1) & -size;
    if (block < start || block > end - size) {
      return NO_PAGE;
    }
    while (start < block) {
      int skipped = Math.min(Long.numberOfTrailingZeros(start) - pageShift, order);
      push(start, skipped);
      start += pageSize() << skipped;
    }
    untouched.set(block + size);
    return block;
  }

  /** List heads hold address + 1, so that 0 means empty even for a block at address 0. */
  private void push(long block, int order) {
    assert (block & ((pageSize() << order) - 1)) == 0 : "not a block of order " + order;
    cpu.memory().write64(block, free.get(order));
    free.set(order, block + 1);
  }
}
