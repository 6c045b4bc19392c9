package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Register;
import portcullis.store.Cell;
import portcullis.store.Store;

/**
 * GERROR and GERRORN, hardware's and the host's (IHI 0070 6.3.19, 7.5). An error is active while
 * the two registers differ in its bit.
 *
 * <p>Hardware's CMDQ_ERR is EL2's own affair, as the queue is; the host's CMDQ_ERR is about the
 * queue of the host's, and EL2 raises it. Other errors pass, and EL2 can raise them too.
 *
 * <p>An error that EL2 raises comes without the Global error interrupt: the line is hardware's, and
 * a platform offers EL2 no other. The host finds the error when it next reads GERROR.
 */
final class GlobalErrors {

  /** Hardware's errors that the host sees; MSI, PRI, ECMDQ and DPT are hidden. */
  private static final long PASSED = Gerror.EVENTQ_ABT_ERR.mask() | Gerror.SFM_ERR.mask();

  private final SmmuRegisters hardware;
  private final Cell hardwareGerrorn;
  private final Cell hostGerrorn;
  private final Cell raised;

  GlobalErrors(Store store, String name, SmmuRegisters hardware) {
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

  /** The errors that hardware now reports. */
  long active() {
    return hardware.read(Register.GERROR) ^ hardwareGerrorn.get();
  }

  /** Acknowledges {@code errors}, which are active, to hardware. */
  void acknowledge(long errors) {
    hardwareGerrorn.set(hardwareGerrorn.get() ^ errors);
    hardware.write(Register.GERRORN, hardwareGerrorn.get());
  }

  /** Makes {@code errors} active in the host's view. */
  void raise(long errors) {
    raised.set(raised.get() | errors);
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
