package portcullis.check.hostile;

import portcullis.hyp.mem.HostPages;
import portcullis.hyp.mem.PageOwner;

/** Whose RAM a range is, page by page. */
final class OwnedMemory {
  private OwnedMemory() {}

  /** Whether each page of {@code [pa, pa+bytes)} is RAM of EL2's. */
  static boolean isHyps(HostPages pages, long pa, long bytes, long pageBytes, long top) {
    boolean owned = pa >= 0 && bytes > 0 && pa <= top - bytes;
    for (long at = pa & -pageBytes; at < pa + bytes && owned; at += pageBytes) {
      owned = pages.isMemory(at) && pages.owner(at) == PageOwner.HYP;
    }
    return owned;
  }

  /** Whether each page is RAM of EL2's, or of the host's and pinned so that it stays the host's. */
  static boolean isHypsOrPinned(HostPages pages, long pa, long bytes, long pageBytes, long top) {
    boolean owned = pa >= 0 && bytes > 0 && pa <= top - bytes;
    for (long at = pa & -pageBytes; at < pa + bytes && owned; at += pageBytes) {
      owned =
          pages.isMemory(at)
              && switch (pages.owner(at)) {
                case HYP -> true;
                case HOST -> pages.pins(at) > 0;
                case GUEST -> false;
              };
    }
    return owned;
  }
}
