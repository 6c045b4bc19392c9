package portcullis.host;

import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Sync;
import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;
import portcullis.smmu.CommandSink;
import portcullis.smmu.QueuePointer;
import portcullis.store.Cell;
import portcullis.store.Flag;
import portcullis.store.Store;

/**
 * The host's command queue. Commands are written to memory as they come; the hardware (or EL2) sees
 * them when PROD is written: once for each {@link #BATCH} of them, and at {@link #flush} and {@link
 * #sync}, as Linux does.
 */
public final class CommandQueue implements CommandSink {
  /** Bytes in a command. */
  static final int ENTRY = 16;

  /** How many commands Linux gathers before it writes PROD. */
  static final int BATCH = 64;

  /**
   * CMD_SYNC as Linux sends it where completion is not signalled by MSI: SIG_SEV, whether or not
   * the SMMU offers it, with the attributes that an MSI would have (Inner Shareable, Write-Back).
   */
  private static final long SYNC =
      Command.OPCODE.of(Opcode.SYNC.code())
          | Sync.CS.of(Sync.CS_SEV)
          | Sync.MSH.of(0b11)
          | Sync.MSIATTR.of(0b1111);

  private final HostCpu cpu;
  private final PhysicalMemory memory;
  private final SmmuRegisters registers;
  private final Cell base;
  private final Cell log2;
  private final Cell producer;
  private final Cell published;
  private final Cell consumer;
  private final Flag lost;

  /**
   * A queue that is not placed yet.
   *
   * @param memory how the CPU reads and writes it
   */
  CommandQueue(
      Store store, HostCpu cpu, PhysicalMemory memory, SmmuRegisters registers, String name) {
    this.cpu = cpu;
    this.memory = memory;
    this.registers = registers;
    base = store.cell(name + ".cmdq.base");
    log2 = store.cell(name + ".cmdq.log2");
    producer = store.cell(name + ".cmdq.prod");
    published = store.cell(name + ".cmdq.published");
    consumer = store.cell(name + ".cmdq.cons");
    lost = store.flag(name + ".cmdq.lost");
  }

  /** Places the empty queue; the caller programs CMDQ_BASE, CMDQ_PROD and CMDQ_CONS. */
  void place(long address, int bits) {
    base.set(address);
    log2.set(bits);
    producer.set(0);
    published.set(0);
    consumer.set(0);
    lost.set(false);
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
   * Queues one command. Where the queue is full and has no room within a second, or has stopped,
   * the command is lost, and from then on every {@link #sync} fails until the queue is placed anew:
   * nobody may take for done what was never asked for. (Linux waits on for ever.)
   */
  @Override
  public void command(long word0, long word1) {
    if (QueuePointer.used((int) producer.get(), (int) published.get(), log2()) >= BATCH) {
      flush();
    }
    append(word0, word1);
  }

  /** Hands over what was queued, without waiting. */
  public void flush() {
    cpu.barrier();
    registers.write(Register.CMDQ_PROD, producer.get());
    published.set(producer.get());
  }

  /**
   * Queues a CMD_SYNC, hands over, and waits until all is consumed.
   *
   * @return false if a command was lost, the queue stopped with an error, or it did not finish
   *     within a second
   */
  public boolean sync() {
    append(SYNC, 0);
    flush();
    return awaitUsed(0) && !lost.get();
  }

  /**
   * The error that stopped the queue, one of {@link CommandError}; 0 for none. CMDQ_CONS.ERR means
   * something only while GERROR.CMDQ_ERR is active (IHI 0070 6.3.28).
   */
  public int error() {
    return stopped() ? (int) CmdqCons.ERR.get(registers.read(Register.CMDQ_CONS)) : 0;
  }

  /**
   * What Linux does about a command that stopped the queue, before it acknowledges GERROR: puts a
   * CMD_SYNC in its place. A fetch that aborted and an ATC invalidation that timed out are tried
   * again as they are.
   */
  void skipError() {
    long pointer = registers.read(Register.CMDQ_CONS);
    switch ((int) CmdqCons.ERR.get(pointer)) {
      case CommandError.CERROR_NONE, CommandError.CERROR_ABT, CommandError.CERROR_ATC_INV_SYNC -> {}
      default -> write((int) CmdqCons.RD.get(pointer), SYNC, 0);
    }
  }

  private void append(long word0, long word1) {
    int bits = log2();
    if (QueuePointer.full((int) producer.get(), (int) consumer.get(), bits)) {
      if (published.get() != producer.get()) {
        flush();
      }
      if (!awaitUsed((1 << bits) - 1)) {
        lost.set(true);
        return;
      }
    }
    write((int) producer.get(), word0, word1);
    producer.set(QueuePointer.next((int) producer.get(), bits));
  }

  private void write(int pointer, long word0, long word1) {
    long slot = base.get() + (long) QueuePointer.index(pointer, log2()) * ENTRY;
    memory.write64(slot, word0);
    memory.write64(slot + 8, word1);
  }

  private boolean stopped() {
    return Gerror.CMDQ_ERR.isSet(
        registers.read(Register.GERROR) ^ registers.read(Register.GERRORN));
  }

  /**
   * Polls CONS, as Linux does, until at most {@code left} commands are queued. Linux learns of an
   * error by interrupt, this driver by looking whenever it has to go on waiting.
   *
   * @return whether that was so within a second, and before the queue stopped
   */
  private boolean awaitUsed(int left) {
    long deadline = cpu.clock().nanos() + SmmuRegisters.TIMEOUT_NANOS;
    refreshConsumer();
    while (QueuePointer.used((int) producer.get(), (int) consumer.get(), log2()) > left) {
      if (stopped() || cpu.clock().nanos() >= deadline) {
        return false;
      }
      cpu.pause();
      refreshConsumer();
    }
    return true;
  }

  private void refreshConsumer() {
    consumer.set(CmdqCons.RD.get(registers.read(Register.CMDQ_CONS)));
  }
}
