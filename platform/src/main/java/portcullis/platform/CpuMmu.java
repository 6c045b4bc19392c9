package portcullis.platform;

/** The CPUs' stage-2 translation of the host, which EL2 controls. */
public interface CpuMmu {

  /**
   * Puts a stage-2 table under the host on every CPU, from the next instruction on.
   *
   * @param vttbr the table's root, as VTTBR_EL2 holds it (DDI 0487 D24.2)
   * @param vtcr its format, as VTCR_EL2 holds it
   */
  void enableHostStage2(long vttbr, long vtcr);

  /**
   * Makes every CPU forget what it may hold of the host's {@code [ipa, ipa+bytes)}, and waits until
   * they have.
   */
  void invalidateHostStage2(long ipa, long bytes);
}
