package portcullis.host;

import portcullis.arch.smmu.EventqCons;
import portcullis.arch.smmu.EventqProd;
import portcullis.arch.smmu.Register;
import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;
import portcullis.smmu.QueuePointer;
import portcullis.store.Cell;
import portcullis.store.Store;

/** The host's event queue: what its interrupt thread reads. */
public final class EventQueue {
  /** Bytes in an event record. */
  static final int ENTRY = 32;

  private final HostCpu cpu;
  private final PhysicalMemory memory;
  private final SmmuRegisters registers;
  private final Cell base;
  private final Cell log2;

  /** As EVENTQ_CONS: index, wrap and OVACKFLG. */
  private final Cell consumer;

  /**
   * A queue that is not placed yet.
   *
   * @param memory how the CPU reads and writes it
   */
  EventQueue(
      Store store, HostCpu cpu, PhysicalMemory memory, SmmuRegisters registers, String name) {
    this.cpu = cpu;
    this.memory = memory;
    this.registers = registers;
    base = store.cell(name + ".evtq.base");
    log2 = store.cell(name + ".evtq.log2");
    consumer = store.cell(name + ".evtq.cons");
  }

  /** Places the empty queue; the caller programs EVENTQ_BASE, EVENTQ_PROD and EVENTQ_CONS. */
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
   * Reads records until there are none, at most one queue's worth; each entry is given back as soon
   * as it is read. Then acknowledges an overflow, if there was one: records were lost.
   *
   * @return how many records there were
   */
  public int drain(Reader reader) {
    int capacity = 1 << log2();
    int read = 0;
    long producer = producer();
    while (!empty(producer) && read < capacity) {
      while (!empty(producer) && read < capacity) {
        take(reader);
        read++;
      }
      producer = producer();
    }
    // OVFLG is copied to OVACKFLG, which acknowledges an overflow (IHI 0070 7.4).
    if (((producer ^ consumer.get()) & EventqCons.OVACKFLG.mask()) != 0) {
      consumer.set(consumer.get() ^ EventqCons.OVACKFLG.mask());
      giveBack();
    }
    return read;
  }

  private boolean empty(long producer) {
    return QueuePointer.empty(
        (int) EventqProd.WR.get(producer), (int) EventqCons.RD.get(consumer.get()), log2());
  }

  /** EVENTQ_PROD; records are read only after it has been. */
  private long producer() {
    long producer = registers.read(Register.EVENTQ_PROD);
    cpu.barrier();
    return producer;
  }

  private void take(Reader reader) {
    long pointer = consumer.get();
    int index = (int) EventqCons.RD.get(pointer);
    long at = base.get() + (long) QueuePointer.index(index, log2()) * ENTRY;
    reader.event(
        memory.read64(at), memory.read64(at + 8), memory.read64(at + 16), memory.read64(at + 24));
    consumer.set(EventqCons.RD.with(pointer, QueuePointer.next(index, log2())));
    giveBack();
  }

  private void giveBack() {
    cpu.barrier();
    registers.write(Register.EVENTQ_CONS, consumer.get());
  }
}
