package portcullis.platform;

/** A host CPU stopped by an exception to EL2: its registers and the syndrome. */
public interface CpuContext {

  /** Which CPU this is, from 0. */
  int cpu();

  /** General-purpose register {@code n}: 0 to 30, or 31 for XZR, which reads as zero. */
  long register(int n);

  /** Sets register {@code n}: 0 to 30; a write to 31 (XZR) is dropped. */
  void setRegister(int n, long value);

  /** The syndrome, as ESR_EL2 holds it (DDI 0487 D24.2.46). */
  long esr();

  /** The faulting IPA: HPFAR_EL2.FIPA joined with the page offset of FAR_EL2. */
  long faultIpa();

  /** Moves the host's PC past the trapped instruction. */
  void skipInstruction();

  /**
   * Makes the host take a synchronous external abort for the trapped instruction (what a refusal
   * looks like at EL1).
   */
  void injectAbort();
}
