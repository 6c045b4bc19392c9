package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.EventqCons;
import portcullis.arch.smmu.EventqProd;
import portcullis.arch.smmu.PriqCons;
import portcullis.arch.smmu.PriqProd;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.hyp.Status;
import portcullis.hyp.mem.PageServices;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.smmu.QueuePointer;
import portcullis.store.Store;

/**
 * A queue of the host's that hardware writes directly: its memory stays the host's as long as
 * hardware may write there, and hardware gets the base only as it was copied and pinned (series
 * part 20).
 */
final class HostOutputQueue {

  /** Which of the two. */
  enum Kind {
    /** Event records (IHI 0070 7.2). */
    EVENTS(
        "eventq",
        32,
        Measure.PIN_EVENT_QUEUE,
        Register.EVENTQ_BASE,
        Register.EVENTQ_PROD,
        EventqProd.OVFLG.mask(),
        Register.EVENTQ_CONS,
        EventqCons.OVACKFLG.mask()),
    /** Page requests (IHI 0070 8). */
    PAGE_REQUESTS(
        "priq",
        16,
        Measure.PIN_PRI_QUEUE,
        Register.PRIQ_BASE,
        Register.PRIQ_PROD,
        PriqProd.OVFLG.mask(),
        Register.PRIQ_CONS,
        PriqCons.OVACKFLG.mask());

    private final String cells;
    private final int entryBytes;
    private final Measure pin;
    private final Register base;
    private final Register prod;
    private final long overflow;
    private final Register cons;
    private final long acknowledged;

    Kind(
        String cells,
        int entryBytes,
        Measure pin,
        Register base,
        Register prod,
        long overflow,
        Register cons,
        long acknowledged) {
      this.cells = cells;
      this.entryBytes = entryBytes;
      this.pin = pin;
      this.base = base;
      this.prod = prod;
      this.overflow = overflow;
      this.cons = cons;
      this.acknowledged = acknowledged;
    }
  }

  /** The least alignment that the bits of Q_BASE.ADDR can say. */
  private static final int LEAST_ALIGNMENT = 32;

  private final Kind kind;
  private final SmmuRegisters hardware;
  private final boolean pins;
  private final PinnedRange pinned;

  HostOutputQueue(
      Kind kind,
      Store store,
      String name,
      SmmuRegisters hardware,
      PageServices pages,
      SmmuPolicy policy) {
    this.kind = kind;
    this.hardware = hardware;
    pins = policy.protections().takes(kind.pin);
    pinned = new PinnedRange(store, name + ".host." + kind.cells, pages, pins);
  }

  /**
   * Pins the queue and gives its base to hardware, whose own queue is still disabled.
   *
   * @param queueBase its base register as the host wrote it
   * @param maxLog2 IDR1.EVENTQS or PRIQS: LOG2SIZE above it behaves as it
   * @return OK, or why the queue must stay disabled
   */
  Status open(long queueBase, int maxLog2) {
    int log2 = (int) Math.min(QueueBase.LOG2SIZE.get(queueBase), maxLog2);
    long bytes = (long) kind.entryBytes << log2;
    long address = QueueBase.ADDR.inPlace(queueBase) & -Math.max(LEAST_ALIGNMENT, bytes);
    Status status = pins ? pinned.hold(address, bytes) : Status.OK;
    if (status.ok()) {
      hardware.write(
          kind.base, address | QueueBase.LOG2SIZE.of(log2) | (queueBase & QueueBase.RA_WA.mask()));
      wrap(kind.prod, log2, kind.overflow);
      wrap(kind.cons, log2, kind.acknowledged);
    }
    return status;
  }

  /**
   * Takes out of an index, which the host may have written for a larger queue, the bits that could
   * lead past the end of this one: nothing says that hardware ignores them.
   */
  private void wrap(Register index, int log2, long overflow) {
    long value = hardware.read(index);
    hardware.write(index, QueuePointer.normalize((int) value, log2) | (value & overflow));
  }

  /** Whether hardware may be writing to pinned memory. */
  boolean isOpen() {
    return pinned.held();
  }

  /** Gives the memory back; hardware's queue is disabled. */
  void close() {
    pinned.release();
  }
}
