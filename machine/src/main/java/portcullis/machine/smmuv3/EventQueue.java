package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventqCons;
import portcullis.arch.smmu.EventqProd;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Register;
import portcullis.machine.Bus;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.QueueIndex;
import portcullis.machine.smmuv3.registers.QueueShape;
import portcullis.machine.smmuv3.registers.RegisterFile;

/** Writes event records to memory (IHI 0070 3.5, 7.2, 7.4). */
final class EventQueue {
  private static final QueueShape SHAPE = QueueShape.EVENT;

  private final RegisterFile registers;
  private final Bus bus;
  private final Interrupts interrupts;
  private final long physical;

  EventQueue(RegisterFile registers, Bus bus, Interrupts interrupts, Features features) {
    this.registers = registers;
    this.bus = bus;
    this.interrupts = interrupts;
    this.physical = (1L << features.outputBits()) - 1;
  }

  /** Whether a record can be written: the queue is enabled, not full, and not in error (7.2.1). */
  boolean writable() {
    int log2Size = SHAPE.log2Size(registers);
    return open() && !QueueIndex.full(write(log2Size), read(log2Size), log2Size);
  }

  private boolean open() {
    return Cr0.EVENTQEN.isSet(registers.get(Register.CR0ACK))
        && !interrupts.active(Gerror.EVENTQ_ABT_ERR);
  }

  private long write(int log2Size) {
    return QueueIndex.of(EventqProd.WR.get(registers.get(Register.EVENTQ_PROD)), log2Size);
  }

  private long read(int log2Size) {
    return QueueIndex.of(EventqCons.RD.get(registers.get(Register.EVENTQ_CONS)), log2Size);
  }

  /**
   * Records the event of {@code t}. Where the queue is not writable the record of a terminated
   * transaction is lost, and that of a stalled one is still to be written.
   *
   * @return whether it was recorded, if only by a record of the same that is there already
   */
  boolean record(Translation t) {
    if (!open()) {
      return false;
    }
    int log2Size = SHAPE.log2Size(registers);
    long write = write(log2Size);
    long read = read(log2Size);
    if (write != read && EventMerging.merges(t, bus, newest(write, log2Size))) {
      return true;
    }
    if (QueueIndex.full(write, read, log2Size)) {
      if (t.outcome() != Outcome.STALLED) {
        overflow();
      }
      return false;
    }
    long entry = SHAPE.entry(registers, write, log2Size, physical);
    if (!bus.responds(entry)) {
      interrupts.globalError(Gerror.EVENTQ_ABT_ERR);
      return false;
    }
    for (int word = 0; word < Event.WORDS; word++) {
      bus.write(entry + (long) word * Long.BYTES, Long.BYTES, EventRecord.word(t, word));
    }
    long prod = registers.get(Register.EVENTQ_PROD);
    registers.set(Register.EVENTQ_PROD, EventqProd.WR.with(prod, QueueIndex.next(write, log2Size)));
    if (write == read) {
      interrupts.eventQueueNotEmpty();
    }
    return true;
  }

  private long newest(long write, int log2Size) {
    return SHAPE.entry(registers, QueueIndex.previous(write, log2Size), log2Size, physical);
  }

  /** Enters the overflow condition, unless it is present (IHI 0070 7.4). */
  private void overflow() {
    long prod = registers.get(Register.EVENTQ_PROD);
    long cons = registers.get(Register.EVENTQ_CONS);
    if (EventqProd.OVFLG.get(prod) == EventqCons.OVACKFLG.get(cons)) {
      registers.set(Register.EVENTQ_PROD, prod ^ EventqProd.OVFLG.mask());
    }
  }
}
