package portcullis.check.cost;

import java.util.Comparator;
import java.util.List;

/**
 * What one operation cost.
 *
 * @param operation what was done
 * @param pages to how many contiguous pages; 0 where that means nothing
 * @param failure why it could not be done, then with all counts 0; empty if it was
 * @param traps how often the host trapped to EL2
 * @param smmus each protected SMMU, in the board's order
 * @param cpu the host's stage-2 on the CPUs
 * @param smmu the stage-2 of the SMMUs
 */
public record Cost(
    Operation operation,
    long pages,
    String failure,
    long traps,
    List<SmmuCost> smmus,
    TableCost cpu,
    TableCost smmu) {

  /** The costs of what was not done. */
  static Cost failed(Operation operation, long pages, String why) {
    return new Cost(operation, pages, why, 0, List.of(), new TableCost(0, 0), new TableCost(0, 0));
  }

  /** Whether it could be done. */
  public boolean done() {
    return failure.isEmpty();
  }

  /** Commands of the SMMU that was given the most. */
  public long commands() {
    return smmus.stream().mapToLong(SmmuCost::total).max().orElse(0);
  }

  /** The SMMU that was given the most commands, the first of these. */
  public SmmuCost busiest() {
    return smmus.stream().max(Comparator.comparingLong(SmmuCost::total)).orElseThrow();
  }

  /** Waits for the SMMU that was waited for most. */
  public long waits() {
    return smmus.stream().mapToLong(SmmuCost::waits).max().orElse(0);
  }
}
