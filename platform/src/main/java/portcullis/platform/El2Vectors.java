package portcullis.platform;

/** EL2's exception entry points, called by the platform when a deprivileged host CPU traps. */
public interface El2Vectors {

  /**
   * A data abort of the host taken to EL2. On return the CPU retries the instruction, unless {@link
   * CpuContext#skipInstruction} or {@link CpuContext#injectAbort} was called.
   */
  void dataAbort(CpuContext context);

  /** An HVC of the host: function in x0, arguments in x1 to x6, result in x0. */
  void hypercall(CpuContext context);
}
