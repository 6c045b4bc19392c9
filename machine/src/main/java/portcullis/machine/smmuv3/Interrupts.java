package portcullis.machine.smmuv3;

import portcullis.arch.Field;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.IrqCfg0;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.Register;
import portcullis.machine.Bus;

/** Wired interrupts and MSIs, and the global errors that they report (IHI 0070 3.18, 7.5). */
final class Interrupts {
  private final RegisterFile registers;
  private final Bus bus;
  private final InterruptSink wires;
  private final boolean msi;

  Interrupts(RegisterFile registers, Bus bus, InterruptSink wires, Profile profile) {
    this.registers = registers;
    this.bus = bus;
    this.wires = wires;
    this.msi = profile.feature0(Idr0.MSI);
  }

  /** Whether a global error is active: software has not acknowledged it. */
  boolean active(Field error) {
    return error.isSet(registers.get(Register.GERROR) ^ registers.get(Register.GERRORN));
  }

  /** Activates a global error, unless it is active already, and interrupts. */
  void globalError(Field error) {
    if (active(error)) {
      return;
    }
    registers.set(Register.GERROR, registers.get(Register.GERROR) ^ error.mask());
    if (enabled(IrqCtrl.GERROR_IRQEN)) {
      wires.signal(InterruptLine.GERROR);
      long address = IrqCfg0.ADDR.inPlace(registers.get(Register.GERROR_IRQ_CFG0));
      message(address, registers.get(Register.GERROR_IRQ_CFG1), Gerror.MSI_GERROR_ABT_ERR);
    }
  }

  /** The event queue is no longer empty. */
  void eventQueueNotEmpty() {
    if (enabled(IrqCtrl.EVENTQ_IRQEN)) {
      wires.signal(InterruptLine.EVENTQ);
      long address = IrqCfg0.ADDR.inPlace(registers.get(Register.EVENTQ_IRQ_CFG0));
      message(address, registers.get(Register.EVENTQ_IRQ_CFG1), Gerror.MSI_EVENTQ_ABT_ERR);
    }
  }

  /** A CMD_SYNC with SIG_IRQ completed: IRQ_CTRL has no enable for it (IHI 0070 4.7.3). */
  void syncComplete(long address, long data) {
    wires.signal(InterruptLine.CMDQ_SYNC);
    message(address, data, Gerror.MSI_CMDQ_ABT_ERR);
  }

  private boolean enabled(Field enable) {
    return enable.isSet(registers.get(Register.IRQ_CTRLACK));
  }

  /** Writes an MSI; address zero means none. */
  private void message(long address, long data, Field abort) {
    if (!msi || address == 0) {
      return;
    }
    if (bus.responds(address)) {
      bus.write(address, Integer.BYTES, data);
    } else {
      globalError(abort);
    }
  }
}
