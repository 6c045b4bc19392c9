package portcullis.host;

import portcullis.arch.smmu.EventqProd;
import portcullis.arch.smmu.Register;
import portcullis.platform.HostCpu;
import portcullis.smmu.QueuePointer;
import portcullis.store.Cell;
import portcullis.store.Store;

/** The host's event queue: what its interrupt thread reads. */
public final class EventQueue {
  /** Bytes in an event record. */
  private static final int ENTRY = 32;

  private final HostCpu cpu;
  private final SmmuRegisters registers;
  private final Cell base;
  private final Cell log2;
  private final Cell consumer;

  EventQueue(Store store, HostCpu cpu, SmmuRegisters registers, String name) {
    this.cpu = cpu;
    this.registers = registers;
    base = store.cell(name + ".evtq.base");
    log2 = store.cell(name + ".evtq.log2");
    consumer = store.cell(name + ".evtq.cons");
  }

  /** Places the empty queue; the caller programs EVENTQ_BASE. */
  void place(long address, int bits) {
    base.set(address);
    log2.set(bits);
    consumer.set(0);
  }

  /** Where the queue lies. */
  public long address() {
    return base.get();
  }

  /** log2 of its entries. */
  public int log2() {
    return (int) log2.get();
  }

  /** Takes one event record: its four words (IHI 0070 7.3). */
  @FunctionalInterface
  public interface Reader {
    /** One record. */
    void event(long word0, long word1, long word2, long word3);
  }

  /**
   * Reads every record that is there, at most one queue's worth, and gives the entries back.
   *
   * @return how many records there were
   */
  public int drain(Reader reader) {
    int bits = log2();
    long pointer = registers.read(Register.EVENTQ_PROD);
    int producer = (int) EventqProd.WR.get(pointer);
    int read = 0;
    while (!QueuePointer.empty(producer, (int) consumer.get(), bits) && read < 1 << bits) {
      long at = base.get() + (long) QueuePointer.index((int) consumer.get(), bits) * ENTRY;
      reader.event(
          cpu.memory().read64(at),
          cpu.memory().read64(at + 8),
          cpu.memory().read64(at + 16),
          cpu.memory().read64(at + 24));
      consumer.set(QueuePointer.next((int) consumer.get(), bits));
      read++;
    }
    if (read > 0) {
      // OVFLG is copied to OVACKFLG, which acknowledges an overflow (IHI 0070 7.4).
      registers.write(Register.EVENTQ_CONS, consumer.get() | EventqProd.OVFLG.inPlace(pointer));
    }
    return read;
  }
}
