package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.EventqCons;
import portcullis.arch.smmu.EventqProd;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.hyp.Status;
import portcullis.hyp.mem.PageServices;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.smmu.QueuePointer;
import portcullis.store.Store;

/**
 * The host's event queue, which hardware writes directly: its memory stays the host's as long as
 * hardware may write there, and hardware gets the base only as it was copied and pinned (series
 * part 20).
 */
final class HostEventQueue {
  private static final int RECORD_BYTES = 32;

  private final SmmuRegisters hardware;
  private final boolean pins;
  private final PinnedRange pinned;

  HostEventQueue(
      Store store, String name, SmmuRegisters hardware, PageServices pages, SmmuPolicy policy) {
    this.hardware = hardware;
    pins = policy.protections().takes(Measure.PIN_EVENT_QUEUE);
    pinned = new PinnedRange(store, name + ".host.eventq", pages, pins);
  }

  /**
   * Pins the queue and gives its base to hardware, whose own queue is still disabled.
   *
   * @param queueBase EVENTQ_BASE as the host wrote it
   * @param maxLog2 IDR1.EVENTQS: LOG2SIZE above it behaves as it
   * @return OK, or why the queue must stay disabled
   */
  Status open(long queueBase, int maxLog2) {
    int log2 = (int) Math.min(QueueBase.LOG2SIZE.get(queueBase), maxLog2);
    long bytes = (long) RECORD_BYTES << log2;
    long address = QueueBase.ADDR.inPlace(queueBase) & -bytes;
    Status status = pins ? pinned.hold(address, bytes) : Status.OK;
    if (status.ok()) {
      hardware.write(
          Register.EVENTQ_BASE,
          address | QueueBase.LOG2SIZE.of(log2) | (queueBase & QueueBase.RA_WA.mask()));
      wrap(Register.EVENTQ_PROD, log2, EventqProd.OVFLG.mask());
      wrap(Register.EVENTQ_CONS, log2, EventqCons.OVACKFLG.mask());
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
