package portcullis.hyp.smmuv3;

import java.util.List;
import portcullis.arch.vmsa.Granule;
import portcullis.hyp.Status;
import portcullis.hyp.iommu.IommuDriver;
import portcullis.hyp.mem.PageServices;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.pgtable.BlockSplit;
import portcullis.pgtable.EmptyTables;
import portcullis.pgtable.PageAllocator;
import portcullis.pgtable.PageTable;
import portcullis.pgtable.Policy;
import portcullis.pgtable.Result;
import portcullis.pgtable.Stage2Attributes;
import portcullis.pgtable.TableFormat;
import portcullis.pgtable.TlbMaintenance;
import portcullis.platform.Platform;
import portcullis.store.Cell;
import portcullis.store.Flag;
import portcullis.store.Store;

/**
 * The one identity-mapped stage-2 table behind every stream of every SMMU (series part 23): what
 * the host owns, in blocks as large as that allows. Removing invalidates on all SMMUs at once and
 * waits for all (O(ranges + SMMUs) commands, no walk of what stays).
 *
 * <p>A block that must be split is broken first unless every SMMU can do without (IDR3.BBML 2):
 * accesses to the rest of the block in that moment end in F_TRANSLATION.
 */
final class ShadowStage2 {
  private static final long MEMORY = Stage2Attributes.NORMAL | Stage2Attributes.INNER_SHAREABLE;
  private static final long DEVICE = Stage2Attributes.DEVICE_NGNRE | Stage2Attributes.EXECUTE_NEVER;
  private static final int BBML_REPLACE = 2;

  private final Platform platform;
  private final PageServices pages;
  private final ProtectionPolicy protections;
  private final Stage2Root root;
  private final List<Smmu> smmus;
  private final Allocator allocator = new Allocator();
  private final Maintenance maintenance = new Maintenance();
  private final Cell bbmLevel;
  private final Cell tablePages;

  /** Something was asked to be forgotten and is not known to be. */
  private final Flag outstanding;

  /** Requests among it may not have arrived. */
  private final Flag lost;

  ShadowStage2(
      Store store,
      Platform platform,
      PageServices pages,
      ProtectionPolicy protections,
      Stage2Root root,
      List<Smmu> smmus) {
    this.platform = platform;
    this.pages = pages;
    this.protections = protections;
    this.root = root;
    this.smmus = List.copyOf(smmus);
    bbmLevel = store.cell("hyp.smmu.stage2.bbm_level");
    tablePages = store.cell("hyp.smmu.stage2.table_pages");
    outstanding = store.flag("hyp.smmu.stage2.outstanding");
    lost = store.flag("hyp.smmu.stage2.lost");
  }

  /** Pages now in use for the table. */
  long tablePages() {
    return tablePages.get();
  }

  /** Whether there is a table. */
  boolean built() {
    return root.address() != 0;
  }

  /**
   * Builds the table from what the host owns now, before any SMMU translates.
   *
   * @param commonBbmLevel the lowest IDR3.BBML of all SMMUs
   * @return OK; or NO_MEMORY, and there is no table
   */
  Status build(int commonBbmLevel) {
    bbmLevel.set(commonBbmLevel);
    long address = allocator.allocate(root.format().rootPages());
    if (address == PageAllocator.NO_PAGE) {
      return Status.NO_MEMORY;
    }
    root.set(address);
    PageTable table = table();
    Status[] result = {Status.OK};
    pages.forEachHostRange(
        (start, end, memory) -> {
          result[0] =
              map(
                  table,
                  start,
                  end,
                  IommuDriver.READ | IommuDriver.WRITE | (memory ? 0 : IommuDriver.DEVICE));
          return result[0];
        });
    if (!result[0].ok()) {
      table.destroy();
      root.set(0);
    }
    return result[0];
  }

  /** Whether {@link #change} would find the memory that it may need. */
  Status reserve(long start, long end, int prot) {
    long from = Math.min(start, limit());
    long bytes = Math.min(end, limit()) - from;
    if (bytes <= 0) {
      return Status.OK;
    }
    long needed =
        prot == IommuDriver.NONE
            ? table().tablesNeeded(from, bytes)
            : table().tablesNeeded(from, from, bytes);
    return needed <= pages.pool().available() ? Status.OK : Status.NO_MEMORY;
  }

  /**
   * Gives or takes {@code [start, end)}.
   *
   * @return OK; NO_MEMORY; INVALID if not of whole pages; DENIED if it is mapped otherwise; TIMEOUT
   *     if an SMMU did not answer: nothing of it may change hands, though part of it may be
   *     unmapped already. Repeating the call carries on
   */
  Status change(long start, long end, int prot) {
    if (prot != IommuDriver.NONE) {
      return map(table(), start, end, prot);
    }
    if (!protections.takes(Measure.UNMAP_STAGE2)) {
      return Status.OK;
    }
    long from = Math.min(start, limit());
    long bytes = Math.min(end, limit()) - from;
    if (bytes <= 0) {
      return Status.OK;
    }
    Result result = table().unmap(from, bytes);
    if (result == Result.OK && !maintenance.complete()) {
      result = Result.TIMEOUT;
    }
    return statusOf(result);
  }

  private Status map(PageTable table, long start, long end, int prot) {
    long from = Math.min(start, limit());
    long bytes = Math.min(end, limit()) - from;
    if (bytes <= 0) {
      return Status.OK;
    }
    long attributes =
        ((prot & IommuDriver.DEVICE) != 0 ? DEVICE : MEMORY)
            | ((prot & IommuDriver.READ) != 0 ? Stage2Attributes.READ : 0)
            | ((prot & IommuDriver.WRITE) != 0 ? Stage2Attributes.WRITE : 0);
    return statusOf(table.map(from, from, bytes, attributes));
  }

  /** A view: the table itself is in EL2's memory. */
  private PageTable table() {
    return new PageTable(
        root.format(),
        platform.memory(),
        allocator,
        maintenance,
        (pa, bytes) -> platform.barrier(),
        new Policy(
            bbmLevel.get() >= BBML_REPLACE ? BlockSplit.REPLACE : BlockSplit.BREAK_BEFORE_MAKE,
            EmptyTables.KEEP),
        root.address());
  }

  /** No address of the board's lies beyond what the table can map. */
  private long limit() {
    TableFormat format = root.format();
    return 1L << Math.min(format.inputBits(), format.outputBits());
  }

  private static Status statusOf(Result result) {
    return switch (result) {
      case OK -> Status.OK;
      case NO_MEMORY -> Status.NO_MEMORY;
      case EXISTS -> Status.DENIED;
      case INVALID -> Status.INVALID;
      case TIMEOUT -> Status.TIMEOUT;
    };
  }

  /** The pool, with a count of what the table has taken from it. */
  private final class Allocator implements PageAllocator {
    @Override
    public long allocate(int count) {
      long pa = pages.pool().allocate(count);
      if (pa != NO_PAGE) {
        tablePages.set(tablePages.get() + count);
      }
      return pa;
    }

    @Override
    public void free(long pa, int count) {
      tablePages.set(tablePages.get() - count);
      pages.pool().free(pa, count);
    }
  }

  /**
   * Invalidation on every SMMU: first submitted to all, then awaited from all.
   *
   * <p>No CMD_CFGI_* is among it, although a cached STE or CD leads into memory that is gone: what
   * a configuration cache may hold of it are IPAs, and configuration carries nothing else forward
   * (IHI 0070 16.2.2). Where an SMMU joins a translation of one to a cached entry, a TLB
   * invalidation that covers the translation ends that entry (16.2.1), and no fetch of a CD or of a
   * stage-1 descriptor uses it once CMD_SYNC completes (3.21.1).
   */
  private final class Maintenance implements TlbMaintenance {
    @Override
    public void invalidate(long in, long bytes, int level, boolean leaf) {
      outstanding.set(true);
      if (!protections.takes(Measure.INVALIDATE_STAGE2)) {
        return;
      }
      Granule granule = root.format().granule();
      for (int i = 0; i < smmus.size(); i++) {
        Smmu smmu = smmus.get(i);
        if (smmu.taken()) {
          smmu.invalidate(granule, in, bytes, level, leaf);
        }
      }
    }

    @Override
    public boolean complete() {
      if (!outstanding.get()) {
        return true;
      }
      for (int i = 0; i < smmus.size(); i++) {
        if (smmus.get(i).taken()) {
          submit(smmus.get(i));
        }
      }
      boolean done = true;
      if (protections.takes(Measure.WAIT_FOR_SYNC)) {
        for (int i = 0; i < smmus.size(); i++) {
          done &= !smmus.get(i).taken() || smmus.get(i).await();
        }
      }
      outstanding.set(!done);
      lost.set(!done);
      return done;
    }

    /** After a failure nobody knows which requests arrived: then everything is invalidated. */
    private void submit(Smmu smmu) {
      if (lost.get()) {
        smmu.invalidateAll();
      } else if (protections.takes(Measure.INVALIDATE_NESTED)) {
        smmu.invalidateNested();
      }
      smmu.submitSync();
    }
  }
}
