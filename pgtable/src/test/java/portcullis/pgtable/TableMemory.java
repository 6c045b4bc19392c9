package portcullis.pgtable;

import java.util.HashMap;
import java.util.Map;
import portcullis.platform.PhysicalMemory;

/**
 * Memory that exists only where the allocator has handed it out, so that a use after free fails;
 * counts accesses, and tells a listener of each store before it happens.
 */
final class TableMemory implements PhysicalMemory, PageAllocator {

  /** Sees a store before it happens. */
  interface WriteListener {
    void beforeWrite(long address, long old, long value);
  }

  /** Sees pages go. */
  interface FreeListener {
    void beforeFree(long pa);
  }

  private final long pageSize;
  private final Map<Long, long[]> pages = new HashMap<>();
  private final Map<Long, Integer> allocations = new HashMap<>();
  private long next;
  WriteListener writes = (address, old, value) -> {};
  FreeListener frees = pa -> {};

  /** Allocations that may still succeed. */
  long budget = Long.MAX_VALUE;

  long reads;
  long stores;

  /** Hands out pages from {@code base} up. */
  TableMemory(int pageShift, long base) {
    this.pageSize = 1L << pageShift;
    this.next = base;
  }

  @Override
  public long allocate(int count) {
    if (budget == 0) {
      return NO_PAGE;
    }
    budget--;
    long size = count * pageSize;
    long pa = (next + size - 1) & -size;
    next = pa + size;
    for (int i = 0; i < count; i++) {
      pages.put(pa + i * pageSize, new long[(int) (pageSize / 8)]);
    }
    allocations.put(pa, count);
    return pa;
  }

  @Override
  public void free(long pa, int count) {
    Integer allocated = allocations.remove(pa);
    if (allocated == null || allocated != count) {
      throw new AssertionError("free of what was not allocated: 0x" + Long.toHexString(pa));
    }
    for (int i = 0; i < count; i++) {
      frees.beforeFree(pa + i * pageSize);
      pages.remove(pa + i * pageSize);
    }
  }

  /** Pages handed out and not given back. */
  int outstanding() {
    return pages.size();
  }

  private long[] page(long address) {
    long[] page = pages.get(address & -pageSize);
    if (page == null || (address & 7) != 0) {
      throw new AssertionError("access to 0x" + Long.toHexString(address));
    }
    return page;
  }

  /** Reads without being counted. */
  long peek(long address) {
    return page(address)[(int) ((address & (pageSize - 1)) >>> 3)];
  }

  /** Whether the page is still allocated. */
  boolean exists(long address) {
    return pages.containsKey(address & -pageSize);
  }

  @Override
  public long read64(long address) {
    reads++;
    return peek(address);
  }

  @Override
  public void write64(long address, long value) {
    stores++;
    long[] page = page(address);
    int index = (int) ((address & (pageSize - 1)) >>> 3);
    writes.beforeWrite(address, page[index], value);
    page[index] = value;
  }

  @Override
  public int read32(long address) {
    throw new AssertionError("descriptors are read whole");
  }

  @Override
  public void write32(long address, int value) {
    throw new AssertionError("descriptors are written whole");
  }
}
