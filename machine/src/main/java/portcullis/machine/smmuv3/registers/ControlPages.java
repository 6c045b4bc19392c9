package portcullis.machine.smmuv3.registers;

import portcullis.arch.smmu.CmdqControlPageBase;
import portcullis.arch.smmu.CmdqControlPageCfg;
import portcullis.arch.smmu.CmdqControlPageStatus;
import portcullis.arch.smmu.EcmdqCons;
import portcullis.arch.smmu.EcmdqProd;
import portcullis.arch.smmu.Page;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.store.Cell;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * The Command queue control pages: ECMDQ_BASE, PROD and CONS of every Enhanced Command queue (IHI
 * 0070 3.5.6, 6.2.5, 6.3.107 to 6.3.109). An SMMU without IDR1.ECMDQ has none.
 *
 * <p>An enable is acknowledged within the write that changes it. CONS.ENACK is the SMMU's alone:
 * software that could write it would have EN and ENACK differ for ever, and no register be
 * writable.
 */
public final class ControlPages {
  private static final long GRANULE_64K = 0b01;
  private static final int WORD = Integer.BYTES;
  private static final long LOW = 0xffff_ffffL;

  private static final long BASE_BITS =
      QueueBase.RA_WA.mask() | QueueBase.ADDR.mask() | QueueBase.LOG2SIZE.mask();
  private static final long PROD_BITS =
      EcmdqProd.EN.mask() | EcmdqProd.ERRACK.mask() | EcmdqProd.WR.mask();

  /** What of CONS software can write while the queue is disabled. */
  private static final long CONS_BITS =
      EcmdqCons.ERR_REASON.mask() | EcmdqCons.ERR.mask() | EcmdqCons.RD.mask();

  /** Fields that reset to an UNKNOWN value; the others reset to 0. */
  private static final long CONS_UNKNOWN = EcmdqCons.ERR_REASON.mask() | EcmdqCons.RD.mask();

  private final RegisterFile registers;
  private final int first;
  private final int pages;
  private final int strideShift;
  private final Words bases;
  private final Words producers;
  private final Words consumers;

  /** How many queues are enabled. */
  private final Cell enabled;

  /** Declares the registers, all 0 as after a reset. */
  ControlPages(Store store, String name, Features features, RegisterFile registers) {
    this.registers = registers;
    first = features.firstControlPage() * Page.BYTES;
    pages = features.controlPages();
    strideShift = Integer.numberOfTrailingZeros(Page.BYTES / features.queuesPerControlPage());
    int queues = features.enhancedQueues();
    bases = store.words(name + ".ecmdq_base", queues);
    producers = store.words(name + ".ecmdq_prod", queues);
    consumers = store.words(name + ".ecmdq_cons", queues);
    enabled = store.cell(name + ".ecmdq_enabled");
  }

  /** How many queues there are, in all pages. */
  public int queues() {
    return bases.length();
  }

  /** Whether an offset from the SMMU's base is in one of the pages. */
  boolean contains(int offset) {
    return offset >= first && offset < first + pages * Page.BYTES;
  }

  /** The queue whose registers are around an offset that the pages {@linkplain #contains have}. */
  public int queueAt(int offset) {
    return (offset - first) >>> strideShift;
  }

  /** Whether a queue is enabled (3.5.6.2). */
  public boolean isEnabled(int queue) {
    return EcmdqCons.ENACK.isSet(consumers.get(queue));
  }

  /** Whether any queue is. */
  boolean anyEnabled() {
    return enabled.get() != 0;
  }

  /** Whether an error is active, be it that software has made ERRACK differ from ERR (3.5.6.3). */
  public boolean inError(int queue) {
    return EcmdqCons.ERR.isSet(consumers.get(queue))
        != EcmdqProd.ERRACK.isSet(producers.get(queue));
  }

  /** A queue's ECMDQ_BASE. */
  public long base(int queue) {
    return bases.get(queue);
  }

  /** A queue's PROD.WR. */
  public long producer(int queue) {
    return EcmdqProd.WR.get(producers.get(queue));
  }

  /** A queue's CONS.RD. */
  public long consumer(int queue) {
    return EcmdqCons.RD.get(consumers.get(queue));
  }

  /** Moves a queue's CONS.RD. */
  public void setConsumer(int queue, long index) {
    consumers.set(queue, EcmdqCons.RD.with(consumers.get(queue), index));
  }

  /** Makes an error active, as long as none is (3.5.6.3). */
  public void fail(int queue, int reason) {
    consumers.set(
        queue, EcmdqCons.ERR_REASON.with(consumers.get(queue), reason) ^ EcmdqCons.ERR.mask());
  }

  /**
   * CMDQ_CONTROL_PAGE_BASE, CFG or STATUS of a page: the pages are registers, one after the other,
   * and always enabled (6.3.49 to 6.3.51).
   *
   * @param page 0 to 255; one that is not there has registers that are RES0
   */
  long identify(Register register, int page) {
    if (page >= pages) {
      return 0;
    }
    return switch (register) {
      case CMDQ_CONTROL_PAGE_BASE ->
          CmdqControlPageBase.ADDR.inPlace(first + (long) page * Page.BYTES)
              | CmdqControlPageBase.CMDQGS.of(GRANULE_64K)
              | CmdqControlPageBase.CMDQ_CONTROL_PAGE_PRESET.of(1);
      case CMDQ_CONTROL_PAGE_CFG -> CmdqControlPageCfg.EN.of(1);
      case CMDQ_CONTROL_PAGE_STATUS -> CmdqControlPageStatus.ENACK.of(1);
      default -> throw new IllegalArgumentException(register + " describes no control page");
    };
  }

  /** The register of its queue that an access of a size that 6.2 allows reaches, else null. */
  private Register accessed(int offset, int bytes) {
    int within = (offset - first) & ((1 << strideShift) - 1);
    boolean aligned = (bytes == WORD || bytes == Long.BYTES) && offset % bytes == 0;
    // The first queue's registers in a page of the architecture's most queues: as in any group.
    Register register =
        aligned && within < Register.ECMDQ_BASE.stride()
            ? Register.in(Page.CMDQ_CONTROL, within)
            : null;
    return register != null && bytes <= register.bytes() ? register : null;
  }

  /** Software's read; zero where no register is. */
  long read(int offset, int bytes) {
    Register register = accessed(offset, bytes);
    if (register == null) {
      return 0;
    }
    int queue = queueAt(offset);
    return switch (register) {
      case ECMDQ_PROD -> producers.get(queue);
      case ECMDQ_CONS -> consumers.get(queue) & readable(queue);
      default -> bytes == WORD ? (bases.get(queue) >>> shift(offset)) & LOW : bases.get(queue);
    };
  }

  /** Of RD reads what the queue's size has of it, as of CMDQ_CONS.RD (6.3.28). */
  private long readable(int queue) {
    int log2Size = QueueShape.COMMAND.log2Size(registers, bases.get(queue));
    return ~EcmdqCons.RD.mask() | QueueIndex.mask(log2Size);
  }

  private static int shift(int offset) {
    return offset % Long.BYTES == 0 ? 0 : Integer.SIZE;
  }

  /**
   * Software's write. BASE and CONS are read-only while the queue is enabled.
   *
   * @return whether there may be commands to be consumed now
   */
  boolean write(int offset, int bytes, long value) {
    Register register = accessed(offset, bytes);
    if (register == null) {
      return false;
    }
    int queue = queueAt(offset);
    if (register == Register.ECMDQ_PROD) {
      producers.set(queue, value & PROD_BITS);
      enable(queue, EcmdqProd.EN.isSet(value));
      return true;
    }
    if (!isEnabled(queue)) {
      if (register == Register.ECMDQ_CONS) {
        consumers.set(queue, value & CONS_BITS);
      } else {
        int shift = bytes == WORD ? shift(offset) : 0;
        long changed = BASE_BITS & (bytes == WORD ? LOW << shift : -1L);
        bases.set(queue, (bases.get(queue) & ~changed) | ((value << shift) & changed));
      }
    }
    return false;
  }

  private void enable(int queue, boolean on) {
    if (on != isEnabled(queue)) {
      consumers.set(queue, consumers.get(queue) ^ EcmdqCons.ENACK.mask());
      enabled.set(enabled.get() + (on ? 1 : -1));
    }
  }

  /** Every register as after reset, with all ones where that is UNKNOWN. */
  void reset() {
    for (int queue = 0; queue < queues(); queue++) {
      bases.set(queue, BASE_BITS);
      producers.set(queue, EcmdqProd.WR.mask());
      consumers.set(queue, CONS_UNKNOWN);
    }
    enabled.set(0);
  }
}
