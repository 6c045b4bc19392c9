package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventqCons;
import portcullis.arch.smmu.EventqProd;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.machine.Bus;

/** Writes event records to memory (IHI 0070 3.5, 7.2, 7.4). */
final class EventQueue {
  private static final int ENTRY_SHIFT = 5;

  private final RegisterFile registers;
  private final Bus bus;
  private final Interrupts interrupts;
  private final int maxLog2Size;

  EventQueue(RegisterFile registers, Bus bus, Interrupts interrupts, Profile profile) {
    this.registers = registers;
    this.bus = bus;
    this.interrupts = interrupts;
    this.maxLog2Size = (int) Idr1.EVENTQS.get(profile.idr1());
  }

  /** Records the event of {@code t}, if the queue is writable; else it is lost. */
  void record(Translation t) {
    if (!Cr0.EVENTQEN.isSet(registers.get(Register.CR0ACK))
        || interrupts.active(Gerror.EVENTQ_ABT_ERR)) {
      return;
    }
    long base = registers.get(Register.EVENTQ_BASE);
    int log2Size = (int) Math.min(QueueBase.LOG2SIZE.get(base), maxLog2Size);
    long prod = registers.get(Register.EVENTQ_PROD);
    long cons = registers.get(Register.EVENTQ_CONS);
    long write = QueueIndex.of(EventqProd.WR.get(prod), log2Size);
    long read = QueueIndex.of(EventqCons.RD.get(cons), log2Size);
    if (QueueIndex.full(write, read, log2Size)) {
      overflow(prod, cons);
      return;
    }
    long entry = QueueIndex.address(base, write, log2Size, ENTRY_SHIFT);
    if (!bus.responds(entry)) {
      interrupts.globalError(Gerror.EVENTQ_ABT_ERR);
      return;
    }
    for (int word = 0; word < Event.WORDS; word++) {
      bus.write(entry + (long) word * Long.BYTES, Long.BYTES, EventRecord.word(t, word));
    }
    long next = QueueIndex.next(write, log2Size);
    registers.set(Register.EVENTQ_PROD, EventqProd.WR.of(next) | EventqProd.OVFLG.inPlace(prod));
    if (write == read) {
      interrupts.eventQueueNotEmpty();
    }
  }

  /** Enters the overflow condition, unless it is present (IHI 0070 7.4). */
  private void overflow(long prod, long cons) {
    if (EventqProd.OVFLG.get(prod) == EventqCons.OVACKFLG.get(cons)) {
      registers.set(Register.EVENTQ_PROD, prod ^ EventqProd.OVFLG.mask());
    }
  }
}
