package portcullis.machine.smmuv3.dpt;

import portcullis.arch.smmu.DptCfgFar;
import portcullis.arch.smmu.Register;
import portcullis.machine.smmuv3.registers.RegisterFile;

/** Reports DPT lookup faults in DPT_CFG_FAR and GERROR.DPT_ERR (IHI 0070 3.24.4). */
final class DptErrors {
  private final RegisterFile registers;
  private final Runnable globalError;

  /**
   * Reports in {@code registers}.
   *
   * @param globalError makes DPT_ERR active, unless it is
   */
  DptErrors(RegisterFile registers, Runnable globalError) {
    this.registers = registers;
    this.globalError = globalError;
  }

  /** A lookup for {@code pa} has faulted; while an earlier fault is there, it is not told. */
  void report(long pa, int code, int level) {
    if (DptCfgFar.FAULT.isSet(registers.get(Register.DPT_CFG_FAR))) {
      return;
    }
    registers.set(
        Register.DPT_CFG_FAR,
        DptCfgFar.FADDR.inPlace(pa)
            | DptCfgFar.DPT_FAULTCODE.of(code)
            | DptCfgFar.LEVEL.of(level)
            | DptCfgFar.FAULT.of(1));
    globalError.run();
  }
}
