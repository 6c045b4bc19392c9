package portcullis.hyp.mem;

import portcullis.pgtable.PageAllocator;
import portcullis.pgtable.TableObserver;
import portcullis.platform.Platform;
import portcullis.store.Cell;
import portcullis.store.Store;

/**
 * What one stage-2 table costs: its pages come from the pool, and these and the descriptors stored
 * are counted.
 */
public final class TableAccount implements PageAllocator, TableObserver {
  /** Lets a walker that does not snoop see what was written (DC CVAC). */
  @FunctionalInterface
  public interface Cleaning {
    /** All of {@code [pa, pa+bytes)}. */
    void clean(long pa, long bytes);
  }

  private final Platform platform;
  private final Cleaning cleaning;
  private final PagePool pool;
  private final Cell pages;
  private final Cell descriptors;

  /**
   * Of a table that has neither pages nor descriptors yet, whose walkers are coherent.
   *
   * @param name of the table, such as {@code hyp.stage2}
   */
  public TableAccount(Store store, String name, Platform platform, PagePool pool) {
    this(store, name, platform, pool, (pa, bytes) -> {});
  }

  /** As the other, of a table that may have other walkers. */
  public TableAccount(
      Store store, String name, Platform platform, PagePool pool, Cleaning cleaning) {
    this.platform = platform;
    this.cleaning = cleaning;
    this.pool = pool;
    this.pages = store.cell(name + ".table_pages");
    this.descriptors = store.cell(name + ".descriptors");
  }

  /** Pages of the pool that the table has now. */
  public long pages() {
    return pages.get();
  }

  /** Descriptors stored since boot; one that is stored twice counts twice. */
  public long descriptors() {
    return descriptors.get();
  }

  @Override
  public long allocate(int count) {
    long pa = pool.allocate(count);
    if (pa != NO_PAGE) {
      pages.set(pages.get() + count);
    }
    return pa;
  }

  @Override
  public void free(long pa, int count) {
    pages.set(pages.get() - count);
    pool.free(pa, count);
  }

  @Override
  public void written(long pa, long bytes) {
    cleaning.clean(pa, bytes);
    platform.barrier();
  }

  @Override
  public void stored(long count) {
    descriptors.set(descriptors.get() + count);
  }
}
