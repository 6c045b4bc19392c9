package portcullis.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import portcullis.board.Board;
import portcullis.check.cost.CostReport;
import portcullis.check.cost.CostRun;
import portcullis.check.cost.Rules;
import portcullis.machine.smmuv3.profile.Profile;

/** {@code portcullis cost}: what operations cost, under our rules and the series'. */
@Command(
    name = "cost",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    header = "Counts what isolation costs, beside what it costs by the series' rules.",
    description = {
      "",
      "Boots the board under each set of rules, then attaches a device, maps, unmaps, donates and"
          + " reclaims contiguous pages (one, a block of level 2, a gibibyte), and counts: traps,"
          + " commands that each SMMU was given, waits for it, stage-2 descriptors stored, table"
          + " pages in use. Nothing is computed; docs/costs.md says what each number is.",
      "",
      "'./portcullis policy stage2' shows the rules that differ. The same board gives the same"
          + " numbers."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  portcullis cost",
      "  portcullis cost --rules default --json",
      "  portcullis cost --granule 64k",
      "  portcullis cost --rules default --profile mmu-600-r2 --memory 1T",
      "  portcullis cost --dtb hip07-d05.dtb --memory 0x0+32G --assume coherent",
      "",
      "Exit: 0 counted; 1 nothing could be protected by any of the rules; 2 bad usage or input."
    })
final class CostCommand implements Callable<Integer> {
  /** The built-in board's own 2 GiB have no room for a gibibyte of the host's. */
  private static final String BUILT_IN_MEMORY = "8G";

  @Spec private CommandSpec spec;

  @Mixin private BoardArguments arguments;

  @Option(
      names = "--rules",
      paramLabel = "NAME",
      description = "Count by these only: ${COMPLETION-CANDIDATES}. Default: both, side by side.",
      completionCandidates = RulesArgument.Names.class,
      converter = RulesArgument.class)
  private Rules only;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws InputException {
    Profile profile = arguments.profile();
    Board board = arguments.boardOf(BUILT_IN_MEMORY);
    List<Rules> rules = only == null ? List.of(Rules.values()) : List.of(only);
    CostReport report;
    try (Progress progress =
        new Progress(
            spec.commandLine().getErr(), CostRun.steps(arguments.granule(), rules), "steps")) {
      report = CostRun.report(board, profile, arguments.granule(), rules, progress::done);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      CostJson.write(report, out);
    } else {
      new CostText(out).print(report);
    }
    return report.rules().stream().anyMatch(each -> each.refusal().isEmpty())
        ? ExitCode.FINE
        : ExitCode.FOUND;
  }
}
