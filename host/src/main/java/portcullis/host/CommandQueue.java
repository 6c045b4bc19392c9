package portcullis.host;

import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Register;
import portcullis.platform.HostCpu;
import portcullis.smmu.CommandSink;
import portcullis.smmu.Commands;
import portcullis.smmu.QueuePointer;
import portcullis.store.Cell;
import portcullis.store.Store;

/**
 * The host's command queue. Commands are written to memory as they come; the hardware (or EL2) sees
 * them when PROD is written, which {@link #flush} and {@link #sync} do once for the whole batch.
 */
public final class CommandQueue implements CommandSink {
  /** Bytes in a command. */
  private static final int ENTRY = 16;

  private final HostCpu cpu;
  private final SmmuRegisters registers;
  private final Cell base;
  private final Cell log2;
  private final Cell producer;
  private final Cell consumer;

  CommandQueue(Store store, HostCpu cpu, SmmuRegisters registers, String name) {
    this.cpu = cpu;
    this.registers = registers;
    base = store.cell(name + ".cmdq.base");
    log2 = store.cell(name + ".cmdq.log2");
    producer = store.cell(name + ".cmdq.prod");
    consumer = store.cell(name + ".cmdq.cons");
  }

  /** Places the empty queue; the caller programs CMDQ_BASE. */
  void place(long address, int bits) {
    base.set(address);
    log2.set(bits);
    producer.set(0);
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

  /**
   * Queues one command. A full queue is handed over and waited for first; where it does not drain
   * within a second the command is lost, as in Linux.
   */
  @Override
  public void command(long word0, long word1) {
    int bits = log2();
    if (QueuePointer.full((int) producer.get(), (int) consumer.get(), bits)) {
      flush();
      refreshConsumer();
      if (QueuePointer.full((int) producer.get(), (int) consumer.get(), bits) && !drain()) {
        return;
      }
    }
    long slot = base.get() + (long) QueuePointer.index((int) producer.get(), bits) * ENTRY;
    cpu.memory().write64(slot, word0);
    cpu.memory().write64(slot + 8, word1);
    producer.set(QueuePointer.next((int) producer.get(), bits));
  }

  /** Hands over what was queued, without waiting. */
  public void flush() {
    cpu.barrier();
    registers.write(Register.CMDQ_PROD, producer.get());
  }

  /**
   * Queues a CMD_SYNC, hands over, and waits until all is consumed.
   *
   * @return false if the queue stopped with an error or did not finish within a second
   */
  public boolean sync() {
    Commands.sync(this, false);
    flush();
    return drain();
  }

  /**
   * The error that stopped the queue, one of {@link CommandError}; 0 for none. CMDQ_CONS.ERR means
   * something only while GERROR.CMDQ_ERR is active (IHI 0070 6.3.28).
   */
  public int error() {
    return stopped() ? (int) CmdqCons.ERR.get(registers.read(Register.CMDQ_CONS)) : 0;
  }

  private boolean stopped() {
    return Gerror.CMDQ_ERR.isSet(
        registers.read(Register.GERROR) ^ registers.read(Register.GERRORN));
  }

  /** Polls CONS, as Linux does; it learns of an error by interrupt, this driver by looking. */
  private boolean drain() {
    long deadline = cpu.clock().nanos() + SmmuRegisters.TIMEOUT_NANOS;
    refreshConsumer();
    while (consumer.get() != producer.get()) {
      if (stopped() || cpu.clock().nanos() >= deadline) {
        return false;
      }
      cpu.pause();
      refreshConsumer();
    }
    return true;
  }

  private void refreshConsumer() {
    consumer.set(
        QueuePointer.normalize((int) CmdqCons.RD.get(registers.read(Register.CMDQ_CONS)), log2()));
  }
}
