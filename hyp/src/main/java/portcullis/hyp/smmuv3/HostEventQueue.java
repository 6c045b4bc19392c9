package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.hyp.Status;
import portcullis.hyp.mem.PageServices;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.store.Store;

/**
 * The host's event queue, which hardware writes directly: its memory stays the host's as long as
 * hardware may write there, and hardware gets the base only as it was copied and pinned (series
 * part 20).
 */
final class HostEventQueue {
  private static final int RECORD_BYTES = 32;

  private final SmmuRegisters hardware;
  private final SmmuPolicy policy;
  private final PinnedRange pinned;

  HostEventQueue(
      Store store, String name, SmmuRegisters hardware, PageServices pages, SmmuPolicy policy) {
    this.hardware = hardware;
    this.policy = policy;
    pinned = new PinnedRange(store, name + ".host.eventq", pages);
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
    if (policy.protections().takes(Measure.PIN_EVENT_QUEUE)) {
      Status status = pinned.pin(address, bytes);
      if (!status.ok()) {
        return status;
      }
    }
    hardware.write(
        Register.EVENTQ_BASE,
        address | QueueBase.LOG2SIZE.of(log2) | (queueBase & QueueBase.RA_WA.mask()));
    return Status.OK;
  }

  /** Gives the memory back; hardware's queue is disabled. */
  void close() {
    pinned.release();
  }
}
