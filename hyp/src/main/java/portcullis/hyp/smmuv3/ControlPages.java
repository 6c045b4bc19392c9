package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.CmdqControlPageBase;
import portcullis.arch.smmu.EcmdqCons;
import portcullis.arch.smmu.EcmdqProd;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr6;
import portcullis.arch.smmu.Page;
import portcullis.arch.smmu.Register;
import portcullis.platform.Platform;
import portcullis.platform.boot.MemoryRange;
import portcullis.store.Cell;
import portcullis.store.Store;

/**
 * One SMMU's Command queue control pages, if it has any (IHI 0070 3.5.6): EL2 keeps them to itself
 * and uses none of their queues. What they are is read once; zero before.
 */
final class ControlPages {
  /** The most that IDR6 can say of either (6.3.45). */
  private static final long MAX_LOG2 = 8;

  private final SmmuRegisters hardware;
  private final Platform platform;
  private final Patience patience;
  private final Cell first;
  private final Cell pages;
  private final Cell queuesPerPage;

  ControlPages(
      Store store, String name, Platform platform, SmmuRegisters hardware, Statistics statistics) {
    this.hardware = hardware;
    this.platform = platform;
    patience = new Patience(store, name + ".control_pages", platform, statistics);
    first = store.cell(name + ".control_pages.first");
    pages = store.cell(name + ".control_pages.count");
    queuesPerPage = store.cell(name + ".control_pages.queues");
  }

  /** Reads what there is from hardware. */
  void read() {
    boolean has = Idr1.ECMDQ.isSet(hardware.read(Register.IDR1));
    long idr6 = has ? hardware.read(Register.IDR6) : 0;
    first.set(has ? base(0) : 0);
    pages.set(has ? 1L << log2(Idr6.CMDQ_CONTROL_PAGE_LOG2NUMP.get(idr6)) : 0);
    queuesPerPage.set(1L << log2(Idr6.CMDQ_CONTROL_PAGE_LOG2NUMQ.get(idr6)));
  }

  private static long log2(long field) {
    return Math.min(field, MAX_LOG2);
  }

  /** Offset of a page from the SMMU's base (6.3.49). */
  private long base(long page) {
    int offset = (int) (page * Register.CMDQ_CONTROL_PAGE_BASE.stride());
    return CmdqControlPageBase.ADDR.inPlace(
        hardware.read(
            Register.CMDQ_CONTROL_PAGE_BASE, Register.CMDQ_CONTROL_PAGE_BASE.offset() + offset));
  }

  /**
   * Whether all of them are among {@code registers}, which EL2 has donated to itself, and one after
   * the other, as {@link #contains} and {@link #stop()} take them (6.2.5).
   */
  boolean within(MemoryRange registers) {
    for (long page = 0; page < pages.get(); page++) {
      long base = base(page);
      if (base > registers.size() - Page.BYTES || base != first.get() + page * Page.BYTES) {
        return false;
      }
    }
    return true;
  }

  /** Whether an offset from the SMMU's base is in one of them: they lie one after the other. */
  boolean contains(long offset) {
    return offset >= first.get() && offset - first.get() < pages.get() * Page.BYTES;
  }

  /**
   * The register at an offset that they {@linkplain #contains have}, or null: a queue's are as far
   * from the next one's as fills the page evenly (6.2.5).
   */
  Register at(long offset) {
    long within = (offset - first.get()) % (Page.BYTES / queuesPerPage.get());
    return within < Register.ECMDQ_BASE.stride()
        ? Register.in(Page.CMDQ_CONTROL, (int) within)
        : null;
  }

  /**
   * Disables every queue, so that hardware has no commands but EL2's (3.5.6.2).
   *
   * @return whether hardware acknowledged in time
   */
  boolean stop() {
    long spacing = Page.BYTES / queuesPerPage.get();
    for (long at = 0; at < pages.get() * Page.BYTES; at += spacing) {
      if (!stop((int) (first.get() + at))) {
        return false;
      }
    }
    return true;
  }

  /** PROD is read-only until a change of EN that is under way is acknowledged (6.3.108). */
  private boolean stop(int queue) {
    int prod = queue + Register.ECMDQ_PROD.offset();
    long value = hardware.read(Register.ECMDQ_PROD, prod);
    if (!acknowledges(queue, EcmdqProd.EN.isSet(value))) {
      return false;
    }
    if (!EcmdqProd.EN.isSet(value)) {
      return true;
    }
    hardware.write(Register.ECMDQ_PROD, prod, EcmdqProd.EN.with(value, 0));
    return acknowledges(queue, false);
  }

  private boolean acknowledges(int queue, boolean enable) {
    int cons = queue + Register.ECMDQ_CONS.offset();
    long since = platform.clock().nanos();
    int looks = 0;
    do {
      if (EcmdqCons.ENACK.isSet(hardware.read(Register.ECMDQ_CONS, cons)) == enable) {
        patience.answered();
        return true;
      }
      looks++;
    } while (patience.lasts(since, looks));
    return false;
  }
}
