package portcullis.machine.smmuv3;

import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CmdqProd;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.machine.Bus;
import portcullis.store.Flag;
import portcullis.store.Store;

/** Fetches commands and stops at errors (IHI 0070 4.1.2 to 4.1.4, 7.1). */
final class CommandQueue {
  private static final int ENTRY_SHIFT = 4;

  private final RegisterFile registers;
  private final Bus bus;
  private final Interrupts interrupts;
  private final CommandProcessor processor;
  private final int maxLog2Size;

  /** A command's MSI may be a write to this very SMMU: it must not start a second consumer. */
  private final Flag consuming;

  CommandQueue(
      Store store,
      String name,
      RegisterFile registers,
      Bus bus,
      Interrupts interrupts,
      CommandProcessor processor,
      Profile profile) {
    this.registers = registers;
    this.bus = bus;
    this.interrupts = interrupts;
    this.processor = processor;
    this.maxLog2Size = (int) Idr1.CMDQS.get(profile.idr1());
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
    int log2Size =
        (int) Math.min(QueueBase.LOG2SIZE.get(registers.get(Register.CMDQ_BASE)), maxLog2Size);
    for (long steps = 2L << log2Size; steps > 0 && step(log2Size); steps--) {}
    consuming.set(false);
  }

  /** Consumes one command; false if there was none to consume. */
  private boolean step(int log2Size) {
    if (!Cr0.CMDQEN.isSet(registers.get(Register.CR0ACK)) || interrupts.active(Gerror.CMDQ_ERR)) {
      return false;
    }
    long cons = registers.get(Register.CMDQ_CONS);
    long read = QueueIndex.of(CmdqCons.RD.get(cons), log2Size);
    long write = QueueIndex.of(CmdqProd.WR.get(registers.get(Register.CMDQ_PROD)), log2Size);
    if (read == write) {
      return false;
    }
    long entry = QueueIndex.address(registers.get(Register.CMDQ_BASE), read, log2Size, ENTRY_SHIFT);
    int error =
        bus.responds(entry)
            ? processor.execute(
                bus.read(entry, Long.BYTES), bus.read(entry + Long.BYTES, Long.BYTES))
            : CommandError.CERROR_ABT;
    if (error != CommandError.CERROR_NONE) {
      registers.set(Register.CMDQ_CONS, CmdqCons.ERR.with(cons, error));
      interrupts.globalError(Gerror.CMDQ_ERR);
      return false;
    }
    registers.set(Register.CMDQ_CONS, CmdqCons.RD.with(cons, QueueIndex.next(read, log2Size)));
    return true;
  }
}
