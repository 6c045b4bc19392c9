package portcullis.machine.smmuv3;

import portcullis.arch.Field;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.IrqCfg0;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.Register;
import portcullis.machine.Bus;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.RegisterFile;

/**
 * Wired interrupts, MSIs and the wake-up event, and the global errors that interrupts report (IHI
 * 0070 3.18, 7.5).
 */
final class Interrupts {
  /** One source: its enable, wire, MSI registers and the error if its MSI is aborted. */
  private enum Source {
    EVENT_QUEUE(
        IrqCtrl.EVENTQ_IRQEN,
        InterruptLine.EVENTQ,
        Register.EVENTQ_IRQ_CFG0,
        Register.EVENTQ_IRQ_CFG1,
        Gerror.MSI_EVENTQ_ABT_ERR),
    PRI_QUEUE(
        IrqCtrl.PRIQ_IRQEN,
        InterruptLine.PRIQ,
        Register.PRIQ_IRQ_CFG0,
        Register.PRIQ_IRQ_CFG1,
        Gerror.MSI_PRIQ_ABT_ERR),
    GLOBAL_ERROR(
        IrqCtrl.GERROR_IRQEN,
        InterruptLine.GERROR,
        Register.GERROR_IRQ_CFG0,
        Register.GERROR_IRQ_CFG1,
        Gerror.MSI_GERROR_ABT_ERR);

    private final long enable;
    private final InterruptLine line;
    private final Register address;
    private final Register data;

    @SuppressWarnings("ImmutableEnumChecker") // a record of immutable lists
    private final Field aborted;

    Source(Field enable, InterruptLine line, Register address, Register data, Field aborted) {
      this.enable = enable.mask();
      this.line = line;
      this.address = address;
      this.data = data;
      this.aborted = aborted;
    }
  }

  private final RegisterFile registers;
  private final Bus bus;
  private final InterruptSink wires;
  private final boolean msi;
  private final boolean wakeUp;
  private final long physical;

  Interrupts(RegisterFile registers, Bus bus, InterruptSink wires, Features features) {
    this.registers = registers;
    this.bus = bus;
    this.wires = wires;
    this.msi = features.feature0(Idr0.MSI);
    this.wakeUp = features.feature0(Idr0.SEV);
    this.physical = (1L << features.outputBits()) - 1;
  }

  /** Whether a global error is active: software has not acknowledged it. */
  boolean active(Field error) {
    return error.isSet(registers.get(Register.GERROR) ^ registers.get(Register.GERRORN));
  }

  /**
   * Activates a global error, unless it is active already, and interrupts; the abort of that very
   * interrupt's MSI does not (IHI 0070 7.5.1).
   */
  void globalError(Field error) {
    if (active(error)) {
      return;
    }
    registers.set(Register.GERROR, registers.get(Register.GERROR) ^ error.mask());
    if (!error.equals(Gerror.MSI_GERROR_ABT_ERR)) {
      raise(Source.GLOBAL_ERROR);
    }
  }

  /** The event queue is no longer empty. */
  void eventQueueNotEmpty() {
    raise(Source.EVENT_QUEUE);
  }

  /** The PRI queue's condition for an interrupt is met. */
  void priQueue() {
    raise(Source.PRI_QUEUE);
  }

  private void raise(Source source) {
    if ((registers.get(Register.IRQ_CTRLACK) & source.enable) != 0) {
      wires.signal(source.line);
      long address = IrqCfg0.ADDR.inPlace(registers.get(source.address));
      message(address, registers.get(source.data), source.aborted);
    }
  }

  /** A CMD_SYNC with SIG_IRQ completed: IRQ_CTRL has no enable for it (IHI 0070 4.7.3). */
  void syncComplete(long address, long data) {
    wires.signal(InterruptLine.CMDQ_SYNC);
    message(address, data, Gerror.MSI_CMDQ_ABT_ERR);
  }

  /** Wakes the PEs from WFE, where SMMU and system can (IDR0.SEV). */
  void wakeProcessors() {
    if (wakeUp) {
      wires.signal(InterruptLine.SEV);
    }
  }

  /** Writes an MSI; address zero means none, whatever OAS leaves of it (IHI 0070 4.7.3). */
  private void message(long address, long data, Field aborted) {
    if (!msi || address == 0) {
      return;
    }
    long target = address & physical;
    if (bus.responds(target)) {
      bus.write(target, Integer.BYTES, data);
    } else {
      globalError(aborted);
    }
  }
}
