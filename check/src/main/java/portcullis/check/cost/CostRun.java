package portcullis.check.cost;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import portcullis.arch.vmsa.Granule;
import portcullis.board.Board;
import portcullis.check.run.Run;
import portcullis.host.HostBoot;
import portcullis.machine.smmuv3.profile.Profile;

/**
 * Counts what operations cost on the model of a board. Each set of rules gets a machine of its own,
 * and on it EL2 and the host do the same.
 */
public final class CostRun {
  private static final int GIBIBYTE_SHIFT = 30;

  private CostRun() {}

  /** On how many pages each operation is counted: a page, a block of level 2, a gibibyte. */
  public static List<Long> pages(Granule granule) {
    return List.of(1L, (long) granule.entries(), 1L << (GIBIBYTE_SHIFT - granule.shift()));
  }

  /** How many steps {@link #report} has, for its progress. */
  public static long steps(Granule granule, List<Rules> rules) {
    return rules.size() * (1L + pages(granule).size());
  }

  /**
   * Carries everything out.
   *
   * @param board the machine to build
   * @param profile what its SMMUs can do
   * @param granule the hypervisor's page
   * @param rules by which to count, each once
   * @param progress is told how many steps are done
   */
  public static CostReport report(
      Board board, Profile profile, Granule granule, List<Rules> rules, LongConsumer progress) {
    List<RulesCost> costs = new ArrayList<>();
    for (Rules each : rules) {
      long before = steps(granule, rules.subList(0, costs.size()));
      costs.add(under(each, board, profile, granule, done -> progress.accept(before + done)));
    }
    return new CostReport(board, profile.name(), granule, costs);
  }

  private static RulesCost under(
      Rules rules, Board board, Profile profile, Granule granule, LongConsumer progress) {
    Optional<HostBoot> plan = HostBoot.plan(board, Run.addressBits(granule), granule);
    if (plan.isEmpty()) {
      return new RulesCost(
          rules, "the board has no range of memory that is large enough to boot with", List.of());
    }
    CostSystem system = new CostSystem(board, profile, rules, plan.get());
    String refusal = system.start();
    if (!refusal.isEmpty()) {
      return new RulesCost(rules, refusal, List.of());
    }
    List<Cost> costs = new ArrayList<>(List.of(system.boot()));
    long done = 0;
    for (long pages : pages(granule)) {
      progress.accept(++done);
      costs.addAll(system.costs(pages));
    }
    progress.accept(++done);
    return new RulesCost(rules, "", costs);
  }
}
