package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr1;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Register;
import portcullis.platform.Platform;
import portcullis.smmu.Features;
import portcullis.store.Cell;
import portcullis.store.Store;

/** Hardware's own enables, which only EL2 writes: CR0, CR1 and GBPA. */
final class HardwareControl {

  /** Write-Back cacheable, Inner Shareable: EL2's tables and queue lie in ordinary memory. */
  private static final long CACHEABLE =
      Cr1.TABLE_SH.of(0b11)
          | Cr1.TABLE_OC.of(0b01)
          | Cr1.TABLE_IC.of(0b01)
          | Cr1.QUEUE_SH.of(0b11)
          | Cr1.QUEUE_OC.of(0b01)
          | Cr1.QUEUE_IC.of(0b01);

  private final Platform platform;
  private final SmmuRegisters hardware;
  private final Patience patience;
  private final Cell cr0;

  HardwareControl(
      Store store, String name, Platform platform, SmmuRegisters hardware, Statistics statistics) {
    this.platform = platform;
    this.hardware = hardware;
    patience = new Patience(store, name + ".control", platform, statistics);
    cr0 = store.cell(name + ".cr0");
  }

  /**
   * Stops everything, so that bases can be written: traffic is aborted from here on.
   *
   * @param abort whether GBPA is set to abort first
   * @return whether hardware answered in time
   */
  boolean quiesce(boolean abort) {
    if (abort && !setAbort()) {
      return false;
    }
    if (!write(0)) {
      return false;
    }
    hardware.write(Register.CR1, CACHEABLE);
    hardware.write(Register.CR2, 0);
    hardware.write(Register.IRQ_CTRL, 0);
    return reaches(Register.IRQ_CTRLACK, -1, 0);
  }

  /**
   * Disables everything, for good or until {@link #quiesce}.
   *
   * @return whether hardware acknowledged in time
   */
  boolean stop() {
    hardware.write(Register.IRQ_CTRL, 0);
    return set(0) && reaches(Register.IRQ_CTRLACK, -1, 0);
  }

  /** What of CR0 hardware has enabled. */
  long enabled() {
    return cr0.get();
  }

  /** Whether traffic that is not translated is aborted. */
  boolean aborts() {
    return Gbpa.ABORT.isSet(hardware.read(Register.GBPA));
  }

  /**
   * Enables interrupts.
   *
   * @return whether hardware acknowledged in time
   */
  boolean interrupts(long enables) {
    hardware.write(Register.IRQ_CTRL, enables);
    return reaches(Register.IRQ_CTRLACK, -1, enables);
  }

  /**
   * Lets no interrupt be sent as a message, while interrupts are disabled: where they go is not
   * translated.
   */
  void disableMessages(Features features) {
    if (features.msi()) {
      hardware.write(Register.GERROR_IRQ_CFG0, 0);
      hardware.write(Register.EVENTQ_IRQ_CFG0, 0);
      if (Idr0.PRI.isSet(features.idr0())) {
        hardware.write(Register.PRIQ_IRQ_CFG0, 0);
      }
    }
  }

  /** What of CR0 is EL2's own, where hardware has it. */
  static final long ALWAYS = Cr0.CMDQEN.mask() | Cr0.ATSCHK.mask();

  /**
   * What a running SMMU has enabled, whatever the host says.
   *
   * @param checked whether Translated transactions are checked ({@link
   *     ProtectionPolicy.Measure#CHECK_TRANSLATED})
   */
  static long always(Features features, boolean checked) {
    return Cr0.CMDQEN.mask() | (checked && features.ats() ? Cr0.ATSCHK.mask() : 0);
  }

  /**
   * Enables {@code bits} of CR0 besides those that are, and waits for the acknowledgement.
   *
   * @return whether it came in time; if not, hardware may still enable them at any moment
   */
  boolean enable(long bits) {
    return set(cr0.get() | bits);
  }

  /**
   * Disables {@code bits} of CR0, and waits for the acknowledgement.
   *
   * @return whether it came in time; if not, they may still be enabled
   */
  boolean disable(long bits) {
    return set(cr0.get() & ~bits);
  }

  /**
   * A field must not change again before its last change is acknowledged (IHI 0070 6.3.9): else the
   * old acknowledgement would pass for the new one.
   */
  private boolean set(long value) {
    return reaches(Register.CR0ACK, -1, cr0.get()) && (value == cr0.get() || write(value));
  }

  private boolean write(long value) {
    cr0.set(value);
    platform.barrier();
    hardware.write(Register.CR0, value);
    return reaches(Register.CR0ACK, -1, value);
  }

  private boolean setAbort() {
    if (!reaches(Register.GBPA, Gbpa.UPDATE.mask(), 0)) {
      return false;
    }
    long value = hardware.read(Register.GBPA);
    hardware.write(Register.GBPA, value | Gbpa.ABORT.mask() | Gbpa.UPDATE.mask());
    return reaches(Register.GBPA, Gbpa.UPDATE.mask(), 0);
  }

  /** Waits until the bits of {@code mask} in {@code register} are those of {@code value}. */
  private boolean reaches(Register register, long mask, long value) {
    long since = platform.clock().nanos();
    int looks = 0;
    do {
      if ((hardware.read(register) & mask) == value) {
        patience.answered();
        return true;
      }
      looks++;
    } while (patience.lasts(since, looks));
    return false;
  }
}
