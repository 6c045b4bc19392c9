package portcullis.hyp.smmuv3;

import java.util.List;
import portcullis.hyp.Status;
import portcullis.hyp.iommu.IommuDriver;
import portcullis.hyp.mem.PageServices;
import portcullis.hyp.mem.TableAccount;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.hyp.smmuv3.Stage2Policy.Choice;
import portcullis.pgtable.BlockSplit;
import portcullis.pgtable.EmptyTables;
import portcullis.pgtable.Leaves;
import portcullis.pgtable.PageAllocator;
import portcullis.pgtable.PageTable;
import portcullis.pgtable.Policy;
import portcullis.pgtable.Result;
import portcullis.pgtable.Stage2Attributes;
import portcullis.pgtable.TableFormat;
import portcullis.pgtable.TlbMaintenance;
import portcullis.platform.Platform;
import portcullis.store.Cell;
import portcullis.store.Store;

/**
 * The one identity-mapped stage-2 table behind every stream of every SMMU (series part 23): what
 * the host owns, in blocks as large as that allows: split when pages in them leave, merged when
 * these come back. Removing invalidates on all SMMUs at once and waits for all (O(ranges + SMMUs)
 * commands, no walk of what stays). {@link Stage2Policy} has it otherwise, for comparison.
 *
 * <p>A block that is split, and tables that are merged, are broken first unless every SMMU can do
 * without (IDR3.BBML 2): accesses to the rest of the block in that moment end in F_TRANSLATION.
 */
final class ShadowStage2 {
  private static final long MEMORY = Stage2Attributes.NORMAL | Stage2Attributes.INNER_SHAREABLE;
  private static final long DEVICE = Stage2Attributes.DEVICE_NGNRE | Stage2Attributes.EXECUTE_NEVER;
  private static final int BBML_REPLACE = 2;

  private final Platform platform;
  private final PageServices pages;
  private final ProtectionPolicy protections;
  private final Stage2Root root;
  private final Stage2Policy rules;
  private final CacheCleaner cleaner;
  private final TableAccount account;
  private final TogetherInvalidation together;
  private final TlbMaintenance maintenance;
  private final Cell bbmLevel;

  ShadowStage2(
      Store store,
      Platform platform,
      PageServices pages,
      SmmuPolicy policy,
      Stage2Root root,
      List<Smmu> smmus) {
    this.platform = platform;
    this.pages = pages;
    this.protections = policy.protections();
    this.rules = policy.stage2();
    this.root = root;
    List<Smmu> all = List.copyOf(smmus);
    cleaner = new CacheCleaner(store, "hyp.smmu.stage2", platform, protections);
    account =
        new TableAccount(
            store,
            "hyp.smmu.stage2",
            platform,
            pages.pool(),
            (pa, bytes) -> cleaner.clean(Measure.CLEAN_STAGE2, pa, bytes));
    together = new TogetherInvalidation(store, platform.clock(), protections, pages.granule(), all);
    maintenance =
        rules.takes(Choice.INVALIDATE_TOGETHER)
            ? together
            : new InTurnInvalidation(pages.granule(), all, together);
    bbmLevel = store.cell("hyp.smmu.stage2.bbm_level");
  }

  /** What the table costs. */
  TableAccount account() {
    return account;
  }

  /** Cache lines cleaned for walkers that do not snoop. */
  long linesCleaned() {
    return cleaner.lines();
  }

  /** Whether there is a table. */
  boolean built() {
    return root.address() != 0;
  }

  /**
   * Builds the table from what the host owns now, before any SMMU translates.
   *
   * @param commonBbmLevel the lowest IDR3.BBML of all SMMUs
   * @param allSnoop whether every SMMU's walks are coherent
   * @return OK; or NO_MEMORY, and there is no table
   */
  Status build(int commonBbmLevel, boolean allSnoop) {
    bbmLevel.set(commonBbmLevel);
    if (!allSnoop) {
      cleaner.need();
    }
    int rootPages = root.format().rootPages();
    long address = account.allocate(rootPages);
    if (address == PageAllocator.NO_PAGE) {
      return Status.NO_MEMORY;
    }
    account.written(address, (long) rootPages << pages.pageShift());
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

  /**
   * Whether {@link #change} has what it needs: the memory, and to take pages away, SMMUs that
   * answer. As long as one hangs, nobody knows what its streams still reach, and no page leaves.
   *
   * @return OK, NO_MEMORY or TIMEOUT
   */
  Status reserve(long start, long end, int prot) {
    long from = Math.min(start, limit());
    long bytes = Math.min(end, limit()) - from;
    if (bytes <= 0) {
      return Status.OK;
    }
    if (prot == IommuDriver.NONE
        && protections.takes(Measure.WAIT_FOR_SYNC)
        && !together.answered()) {
      return Status.TIMEOUT;
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
      PageTable table = table();
      Status status = map(table, start, end, prot);
      if (status.ok()) {
        merge(table, start, Math.min(end, limit()));
      }
      return status;
    }
    if (!protections.takes(Measure.UNMAP_STAGE2)) {
      return Status.OK;
    }
    long from = Math.min(start, limit());
    long bytes = Math.min(end, limit()) - from;
    if (bytes <= 0) {
      return Status.OK;
    }
    Result result = unmap(table(), from, bytes);
    if (result == Result.OK && !maintenance.complete()) {
      result = Result.TIMEOUT;
    }
    return statusOf(result);
  }

  /** Unmaps at once what is mapped by blocks; page by page what is mapped by pages only. */
  private Result unmap(PageTable table, long from, long bytes) {
    long step = rules.takes(Choice.MAP_BLOCKS) ? bytes : pages.granule().bytes();
    Result result = Result.OK;
    for (long done = 0; done < bytes && result == Result.OK; done += step) {
      result = table.unmap(from + done, step);
    }
    return result;
  }

  /**
   * Merges what came back with what is around it. Inside the range no table is left, so its first
   * and last page lead to every table that can go. A merge may fail for an SMMU that does not
   * answer: then the tables stay, and say what they said. None is tried while such a failure is
   * known, so that one silent SMMU costs one timeout.
   */
  private void merge(PageTable table, long start, long end) {
    if (start >= end || !rules.takes(Choice.MERGE_BLOCKS) || !together.settled()) {
      return;
    }
    if (table.coalesce(start) == Result.OK) {
      table.coalesce(end - pages.granule().bytes());
    }
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
        account,
        maintenance,
        account,
        new Policy(
            bbmLevel.get() >= BBML_REPLACE ? BlockSplit.REPLACE : BlockSplit.BREAK_BEFORE_MAKE,
            EmptyTables.KEEP,
            rules.takes(Choice.MAP_BLOCKS) ? Leaves.LARGEST : Leaves.PAGES),
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
}
