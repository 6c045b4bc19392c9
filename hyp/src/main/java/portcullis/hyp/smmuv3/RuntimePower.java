package portcullis.hyp.smmuv3;

import java.util.List;
import portcullis.arch.smmu.Register;
import portcullis.hyp.Status;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.platform.Platform;
import portcullis.platform.boot.SmmuRegistration;
import portcullis.smmu.Commands;
import portcullis.store.Cell;
import portcullis.store.Flag;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * Runtime power management of one SMMU: off and on again, with nothing shadowed anew.
 *
 * <p><b>Interface.</b> The switch of the SMMU's power domain must be EL2's: its registers donated,
 * or the firmware calls that reach it trapped, as no way of the host's own to it may be left. The
 * host asks by {@link portcullis.hyp.Hypercall#POWER_OFF} and POWER_ON, which is what the power
 * domain of a kernel's runtime PM (Linux: genpd) calls last when it suspends the device, and first
 * when it resumes it. To the host the SMMU retains its state: enables, bases, indices and pins are
 * as they were, and its table stays pinned. A driver that disables the SMMU before and resets it
 * afterwards works as well; its table is then looked at again, and what did not change is not
 * written ({@link StreamShadow#takeOver}).
 *
 * <p><b>The window.</b> Without power, and from reset until EL2 has written GBPA, traffic follows
 * what the integration does (IHI 0070 3.19: UNPREDICTABLE) and what GBPA.ABORT resets to
 * (IMPLEMENTATION DEFINED). EL2 cannot close that from inside, so an SMMU may lose power only where
 * the board vouches that both abort ({@link SmmuRegistration#abortsWithoutPower}); and where GBPA
 * says otherwise when it comes back, it is switched off again.
 *
 * <p><b>Meanwhile.</b> Changes of ownership only change the shadow stage-2: no command is sent.
 * What caches may still hold (their state at reset is IMPLEMENTATION SPECIFIC, 3.11) is invalidated
 * on the way up, before translation is enabled: CMD_CFGI_ALL, CMD_TLBI_NSNH_ALL and CMD_SYNC.
 */
final class RuntimePower {
  /** What the host has given to hardware and hardware loses, in the order of its return. */
  private static final List<Register> KEPT =
      List.of(
          Register.CR2,
          Register.EVENTQ_BASE,
          Register.EVENTQ_PROD,
          Register.EVENTQ_CONS,
          Register.PRIQ_BASE,
          Register.PRIQ_PROD,
          Register.PRIQ_CONS);

  private final SmmuRegistration registration;
  private final Platform platform;
  private final SmmuRegisters hardware;
  private final Identification identification;
  private final ProtectionPolicy protections;
  private final HardwareControl control;
  private final ShadowCommandQueue commands;
  private final ShadowStreamTable streamTable;
  private final GlobalErrors errors;
  private final Flag off;

  /** It was told to disable everything and has not acknowledged. */
  private final Flag stopping;

  private final Cell enables;
  private final Cell interrupts;
  private final Words kept;

  /** With power. */
  RuntimePower(
      Store store,
      String name,
      SmmuRegistration registration,
      Platform platform,
      SmmuRegisters hardware,
      Identification identification,
      ProtectionPolicy protections,
      HardwareControl control,
      ShadowCommandQueue commands,
      ShadowStreamTable streamTable,
      GlobalErrors errors) {
    this.registration = registration;
    this.platform = platform;
    this.hardware = hardware;
    this.identification = identification;
    this.protections = protections;
    this.control = control;
    this.commands = commands;
    this.streamTable = streamTable;
    this.errors = errors;
    off = store.flag(name + ".power.off");
    stopping = store.flag(name + ".power.stopping");
    enables = store.cell(name + ".power.cr0");
    interrupts = store.cell(name + ".power.irq_ctrl");
    kept = store.words(name + ".power.registers", KEPT.size());
  }

  /** Whether the SMMU has no power: then none of its registers may be touched. */
  boolean isOff() {
    return off.get();
  }

  /** Whether the host has asked for that, and not yet got the SMMU back. */
  boolean isAskedOff() {
    return off.get() || stopping.get();
  }

  /**
   * Takes the SMMU's power.
   *
   * @return OK; DENIED if traffic could get around it; TIMEOUT if it has not consumed every command
   *     or does not acknowledge that it is disabled: then it keeps its power. In the second case
   *     the host has to ask again, or for the SMMU back
   */
  Status off() {
    if (off.get()) {
      return Status.OK;
    } else if (stopping.get()) {
      return cut();
    } else if (protections.takes(Measure.ABORT_WITHOUT_POWER)
        && !registration.abortsWithoutPower()) {
      return Status.DENIED;
    } else if (!commands.await()) {
      return Status.TIMEOUT;
    }
    for (int i = 0; i < KEPT.size(); i++) {
      kept.set(i, hardware.read(KEPT.get(i)));
    }
    interrupts.set(hardware.read(Register.IRQ_CTRL));
    enables.set(control.enabled());
    return cut();
  }

  private Status cut() {
    stopping.set(!control.stop());
    if (stopping.get()) {
      return Status.TIMEOUT;
    }
    errors.keep();
    platform.power(hardware.base(), false);
    off.set(true);
    return Status.OK;
  }

  /**
   * Gives the SMMU its power back, and everything that it had.
   *
   * @return OK; DENIED if it does not abort from reset on; TIMEOUT if it does not answer. If not
   *     OK, it has no power, or still that which it could not be taken
   */
  Status on() {
    if (stopping.get()) {
      stopping.set(!restore());
      return stopping.get() ? Status.TIMEOUT : Status.OK;
    } else if (!off.get()) {
      return Status.OK;
    }
    platform.power(hardware.base(), true);
    Status status = !control.aborts() ? Status.DENIED : restore() ? Status.OK : Status.TIMEOUT;
    if (status.ok()) {
      off.set(false);
    } else {
      platform.power(hardware.base(), false);
    }
    return status;
  }

  private boolean restore() {
    if (!control.quiesce(true)) {
      return false;
    }
    control.disableMessages(identification.features());
    errors.start();
    commands.place();
    streamTable.place();
    // Translation and the host's queues are enabled last, with nothing stale left.
    return control.enable(enables.get() & HardwareControl.ALWAYS)
        && forget()
        && restoreHosts()
        && control.enable(enables.get());
  }

  private boolean forget() {
    if (!protections.takes(Measure.INVALIDATE_AT_POWER_ON)) {
      return true;
    }
    Commands.cfgiAll(commands);
    Commands.tlbiNsnhAll(commands);
    return commands.sync();
  }

  private boolean restoreHosts() {
    for (int i = 0; i < KEPT.size(); i++) {
      hardware.write(KEPT.get(i), kept.get(i));
    }
    return control.interrupts(interrupts.get());
  }
}
