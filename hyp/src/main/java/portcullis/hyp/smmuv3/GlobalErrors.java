package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.Register;
import portcullis.platform.Platform;
import portcullis.platform.WiredInterrupt;
import portcullis.store.Cell;
import portcullis.store.Store;

/**
 * GERROR and GERRORN, hardware's and the host's (IHI 0070 6.3.19, 7.5). An error is active while
 * the two registers differ in its bit.
 *
 * <p>Hardware's CMDQ_ERR is EL2's own affair, as the queue is; the host's CMDQ_ERR is about the
 * queue of the host's, and EL2 raises it. Other errors pass, and EL2 can raise them too.
 *
 * <p>An error that EL2 raises interrupts the host as hardware's would, if it has enabled that.
 */
final class GlobalErrors {

  /** Hardware's errors that the host sees; MSI, ECMDQ and DPT are hidden. */
  private static final long PASSED =
      Gerror.EVENTQ_ABT_ERR.mask() | Gerror.PRIQ_ABT_ERR.mask() | Gerror.SFM_ERR.mask();

  private final Platform platform;
  private final SmmuRegisters hardware;
  private final Cell hardwareGerrorn;
  private final Cell hostGerrorn;
  private final Cell raised;

  GlobalErrors(Store store, String name, Platform platform, SmmuRegisters hardware) {
    this.platform = platform;
    this.hardware = hardware;
    hardwareGerrorn = store.cell(name + ".gerrorn");
    hostGerrorn = store.cell(name + ".errors.acknowledged");
    raised = store.cell(name + ".errors.raised");
  }

  /** Acknowledges whatever hardware reported before EL2 took it over. */
  void start() {
    long gerror = hardware.read(Register.GERROR);
    hardwareGerrorn.set(gerror);
    hardware.write(Register.GERRORN, gerror);
  }

  /** Keeps for the host what hardware reports, before hardware forgets it. */
  void keep() {
    raised.set(raised.get() | (active() & PASSED));
  }

  /** The errors that hardware now reports. */
  long active() {
    return hardware.read(Register.GERROR) ^ hardwareGerrorn.get();
  }

  /** Acknowledges {@code errors}, which are active, to hardware. */
  void acknowledge(long errors) {
    hardwareGerrorn.set(hardwareGerrorn.get() ^ errors);
    hardware.write(Register.GERRORN, hardwareGerrorn.get());
  }

  /** Makes {@code errors} active in the host's view, and interrupts it for those that were not. */
  void raise(long errors) {
    boolean fresh = (errors & ~raised.get()) != 0;
    raised.set(raised.get() | errors);
    if (fresh && IrqCtrl.GERROR_IRQEN.isSet(hardware.read(Register.IRQ_CTRLACK))) {
      platform.interruptHost(hardware.base(), WiredInterrupt.GERROR);
    }
  }

  /** Whether EL2 raised {@code error} and the host has not acknowledged it. */
  boolean pending(long error) {
    return (raised.get() & error) != 0;
  }

  /** GERROR as the host reads it. */
  long hostGerror() {
    return hostGerrorn.get() ^ ((active() & PASSED) | raised.get());
  }

  /** GERRORN as the host reads it. */
  long hostGerrorn() {
    return hostGerrorn.get();
  }

  /**
   * The host writes GERRORN: acknowledges each active error whose bit it toggles. A bit that EL2
   * and hardware both raised takes two acknowledgements. Toggling an inactive error, which is
   * UNPREDICTABLE, does nothing.
   */
  void hostAcknowledges(long value) {
    long toggled = value ^ hostGerrorn.get();
    long own = toggled & raised.get();
    long hardwares = toggled & ~own & PASSED;
    if (hardwares != 0) {
      hardwares &= active();
    }
    if (hardwares != 0) {
      acknowledge(hardwares);
    }
    raised.set(raised.get() & ~own);
    hostGerrorn.set(hostGerrorn.get() ^ (own | hardwares));
  }
}
