package portcullis.machine.smmuv3;

import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CmdqProd;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Register;
import portcullis.machine.Bus;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.QueueIndex;
import portcullis.machine.smmuv3.registers.QueueShape;
import portcullis.machine.smmuv3.registers.RegisterFile;
import portcullis.store.Flag;
import portcullis.store.Store;

/** Fetches commands and stops at errors (IHI 0070 4.1.2 to 4.1.4, 7.1). */
final class CommandQueue {
  private static final QueueShape SHAPE = QueueShape.COMMAND;

  private final RegisterFile registers;
  private final Bus bus;
  private final Interrupts interrupts;
  private final CommandProcessor processor;
  private final long physical;

  /** A command's MSI or a resumed device may write to this very SMMU: no second consumer starts. */
  private final Flag consuming;

  CommandQueue(
      Store store,
      String name,
      RegisterFile registers,
      Bus bus,
      Interrupts interrupts,
      CommandProcessor processor,
      Features features) {
    this.registers = registers;
    this.bus = bus;
    this.interrupts = interrupts;
    this.processor = processor;
    this.physical = (1L << features.outputBits()) - 1;
    this.consuming = store.flag(name + ".cmdq.consuming");
  }

  /**
   * Consumes until the queue is empty, disabled or in error; at most twice the queue's size, which
   * is as far as its indexes can be apart.
   */
  void consume() {
    if (consuming.get()) {
      return;
    }
    consuming.set(true);
    for (long steps = 2L << SHAPE.log2Size(registers); steps > 0 && step(); steps--) {}
    consuming.set(false);
  }

  /** Consumes one command; false if there was none to consume. */
  private boolean step() {
    if (!Cr0.CMDQEN.isSet(registers.get(Register.CR0ACK)) || interrupts.active(Gerror.CMDQ_ERR)) {
      return false;
    }
    int log2Size = SHAPE.log2Size(registers);
    long read = QueueIndex.of(CmdqCons.RD.get(registers.get(Register.CMDQ_CONS)), log2Size);
    long write = QueueIndex.of(CmdqProd.WR.get(registers.get(Register.CMDQ_PROD)), log2Size);
    if (read == write) {
      return false;
    }
    long entry = SHAPE.entry(registers, read, log2Size, physical);
    if (!bus.responds(entry)) {
      return stop(CommandError.CERROR_ABT);
    }
    long word0 = bus.read(entry, Long.BYTES);
    long word1 = bus.read(entry + Long.BYTES, Long.BYTES);
    int error = processor.execute(word0, word1);
    if (error != CommandError.CERROR_NONE) {
      return stop(error);
    }
    long cons = registers.get(Register.CMDQ_CONS);
    registers.set(Register.CMDQ_CONS, CmdqCons.RD.with(cons, QueueIndex.next(read, log2Size)));
    processor.signal(word0, word1);
    if (QueueIndex.full(write, read, log2Size)) {
      interrupts.wakeProcessors();
    }
    return true;
  }

  /** CONS stays at the command in error (IHI 0070 7.1). */
  private boolean stop(int error) {
    long cons = registers.get(Register.CMDQ_CONS);
    registers.set(Register.CMDQ_CONS, CmdqCons.ERR.with(cons, error));
    interrupts.globalError(Gerror.CMDQ_ERR);
    return false;
  }
}
