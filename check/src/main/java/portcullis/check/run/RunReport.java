package portcullis.check.run;

import java.util.List;
import java.util.Map;
import portcullis.arch.vmsa.Granule;
import portcullis.board.Board;

/**
 * What a run found.
 *
 * @param board the board as read
 * @param platform what the machine is: {@code model}, or a program and its version
 * @param profile the SMMU profile's name; empty where the platform has SMMUs of its own
 * @param granule the hypervisor's page
 * @param seed what the run's choices came from
 * @param smmus every SMMUv3 of the board
 * @param masters every enabled DMA master of the board
 * @param attempts in the order in which they were made; empty if nothing could be protected
 * @param counters by name, in a fixed order
 * @param result the verdict
 */
public record RunReport(
    Board board,
    String platform,
    String profile,
    Granule granule,
    long seed,
    List<SmmuLine> smmus,
    List<MasterLine> masters,
    List<Attempt> attempts,
    Map<String, Long> counters,
    Result result) {

  /** How a run ended. */
  public enum Result {
    /** Every attempt had the outcome that it must have. */
    HELD,
    /** An access that must be refused was allowed, or one that must work was refused. */
    VIOLATED,
    /** No SMMU could be protected. */
    REFUSED
  }

  /** What became of an SMMU. */
  public enum SmmuStatus {
    PROTECTED,
    REFUSED,
    /** The tree disables it; it was left alone. */
    DISABLED
  }

  /**
   * One SMMU.
   *
   * @param reason why it is not protected; empty if it is
   */
  public record SmmuLine(String name, long base, SmmuStatus status, String reason) {}

  /**
   * One DMA master.
   *
   * @param isProtected whether each of its streams passes a protected SMMU
   * @param smmus names of the SMMUs that it passes, joined by commas; empty if none
   * @param streams its StreamIDs, such as {@code 0x0-0xffff}; empty if none
   * @param reason why it is not protected; empty if it is
   */
  public record MasterLine(
      String name, boolean isProtected, String smmus, String streams, String reason) {}
}
