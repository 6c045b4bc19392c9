package portcullis.check.hostile;

import java.util.HashSet;
import java.util.Set;
import portcullis.hyp.mem.HostPages;
import portcullis.hyp.mem.PageOwner;
import portcullis.hyp.smmuv3.SmmuV3Driver;
import portcullis.hyp.smmuv3.Stage2Policy;
import portcullis.hyp.smmuv3.Stage2Policy.Choice;
import portcullis.platform.boot.MemoryRange;

/**
 * What EL2 still holds once the host has given everything up, beyond what it held when the host
 * began. The CPUs' stage 2 may keep its tables: the host has touched memory since.
 */
final class Leftovers {
  private final Testbed testbed;
  private final HostPages pages;
  private final SmmuV3Driver driver;

  /** Whether what was split is merged again; else the shadow stage 2 keeps its tables. */
  private final boolean merges;

  private final long driverPages;
  private final long otherPages;

  /** Remembers what EL2 holds now. */
  Leftovers(Testbed testbed, Stage2Policy rules) {
    merges = rules.takes(Choice.MERGE_BLOCKS);
    this.testbed = testbed;
    pages = testbed.hypervisor().pages();
    driver = testbed.driver();
    driverPages = driverPages();
    otherPages = otherPages();
  }

  /** Pages of the SMMUs' tables that are not spare. */
  private long driverPages() {
    return driver.counters().tablePages() - driver.sparePages();
  }

  /** Pages of the pool that are neither stage-2 tables nor second-level stream tables. */
  private long otherPages() {
    return pages.pool().used() - driver.counters().tablePages() - pages.stage2Tables().pages();
  }

  /**
   * The first thing that is held still, or null.
   *
   * @param busy pages that may still be pinned, shared or a guest's
   */
  String find(Set<Long> busy) {
    String finding = null;
    if (pages.guests().count() != 0) {
      finding = pages.guests().count() + " guests are left";
    } else if (merges && driverPages() != driverPages) {
      finding =
          "the SMMUs' tables take %d pages, and took %d".formatted(driverPages(), driverPages);
    } else if (otherPages() != otherPages) {
      finding =
          "EL2 holds %d pages for other ends, and held %d".formatted(otherPages(), otherPages);
    } else if (!busy.isEmpty()) {
      finding = "0x%x is still pinned, shared or a guest's".formatted(busy.iterator().next());
    }
    return finding == null ? null : "after everything was given up: " + finding;
  }

  /** As the other, with a look at every page of RAM instead. */
  String find() {
    Set<Long> busy = new HashSet<>();
    long pageBytes = testbed.parameters().pageSize();
    for (MemoryRange range : testbed.parameters().memory()) {
      for (long pa = range.base(); pa < range.end(); pa += pageBytes) {
        if (pages.pins(pa) != 0 || pages.shares(pa) != 0 || pages.owner(pa) == PageOwner.GUEST) {
          busy.add(pa);
        }
      }
    }
    return find(busy);
  }
}
