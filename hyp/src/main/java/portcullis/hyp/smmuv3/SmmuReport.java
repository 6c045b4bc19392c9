package portcullis.hyp.smmuv3;

import portcullis.smmu.Features;

/**
 * What became of one SMMUv3 that EL2 was asked to take over.
 *
 * @param name as the registration has it, such as {@code smmu@2b400000}
 * @param base physical address of its registers
 * @param reason why it is refused; empty if it is protected
 * @param features what its identification registers say
 */
public record SmmuReport(String name, long base, Status status, String reason, Features features) {

  /** Taken over or not. */
  public enum Status {
    /** EL2 drives it; the host sees the emulation. */
    PROTECTED,
    /** Not taken over: the host keeps it, and the masters behind it are unprotected. */
    REFUSED
  }
}
