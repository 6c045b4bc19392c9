package portcullis.check.cost;

import java.util.List;

/**
 * What was counted under one set of rules.
 *
 * @param refusal why no SMMU is protected under them; empty if one is
 * @param costs in the order in which it was done; empty if no SMMU is protected
 */
public record RulesCost(Rules rules, String refusal, List<Cost> costs) {

  /**
   * The cost of one operation on so many pages.
   *
   * @throws java.util.NoSuchElementException if it was not counted
   */
  public Cost cost(Operation operation, long pages) {
    return costs.stream()
        .filter(cost -> cost.operation() == operation && cost.pages() == pages)
        .findFirst()
        .orElseThrow();
  }
}
