package portcullis.check.cost;

import java.util.List;
import portcullis.arch.vmsa.Granule;
import portcullis.board.Board;

/**
 * The same operations under each set of rules.
 *
 * @param profile the SMMU profile's name
 * @param granule the hypervisor's page
 * @param rules in the order in which they were asked for
 */
public record CostReport(Board board, String profile, Granule granule, List<RulesCost> rules) {}
