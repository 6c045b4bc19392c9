package portcullis.hyp.smmuv3;

import portcullis.hyp.Status;
import portcullis.hyp.mem.PageServices;
import portcullis.store.Cell;
import portcullis.store.Store;

/**
 * At most one range of the host's memory that is kept with the host while hardware or EL2 uses it.
 * Remembers what was pinned, so that exactly that is given back whatever the host wrote since.
 */
final class PinnedRange {
  private final PageServices pages;
  private final boolean pins;
  private final Cell base;
  private final Cell bytes;

  /**
   * None yet.
   *
   * @param pins whether the range is pinned; if not (a planted bug), it is only looked at
   */
  PinnedRange(Store store, String name, PageServices pages, boolean pins) {
    this.pages = pages;
    this.pins = pins;
    base = store.cell(name + ".pinned_base");
    bytes = store.cell(name + ".pinned_bytes");
  }

  /**
   * Pins every page of {@code [pa, pa+length)}, unless a range is held already.
   *
   * @return OK; or why not, and then nothing is held: the caller must not use the range
   */
  Status hold(long pa, long length) {
    if (held()) {
      return Status.OK;
    } else if (!pins) {
      return pages.hostOwns(pa, length) ? Status.OK : Status.DENIED;
    }
    long page = 1L << pages.pageShift();
    long first = pa & -page;
    long size = ((pa + length + page - 1) & -page) - first;
    Status status = pages.pin(first, size);
    if (status.ok()) {
      base.set(first);
      bytes.set(size);
    }
    return status;
  }

  /** Gives back what is held, if anything is. */
  void release() {
    if (held()) {
      pages.unpin(base.get(), bytes.get());
      base.set(0);
      bytes.set(0);
    }
  }

  /** Whether a range is pinned. */
  boolean held() {
    return bytes.get() != 0;
  }
}
