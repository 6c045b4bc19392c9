package portcullis.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.function.LongPredicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import portcullis.arch.vmsa.Granule;
import portcullis.board.Board;
import portcullis.check.hostile.HostileCampaign;
import portcullis.check.hostile.HostileReport;
import portcullis.check.run.Policies;
import portcullis.machine.smmuv3.profile.Profile;

/** {@code portcullis attack}: a host that does anything, before an oracle. */
@Command(
    name = "attack",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    header = "Lets a host do anything at random, and looks whether isolation holds.",
    description = {
      "",
      "Registers of any width and value, commands, STEs, tables, hypercalls and DMA, with a"
          + " driver's honest sequences in between. After every action an oracle judges what"
          + " hardware could now reach. Every 20000 actions, and at the end, the host gives"
          + " everything up, and nothing may be left pinned or allocated. The SMMUs have StreamIDs"
          + " of 16 bits, or of as many as the board needs.",
      "",
      "The same seed gives the same actions. A violation names the action and what came before it."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  portcullis attack --actions 2000",
      "  portcullis attack --actions 10000000 --time 2s",
      "  portcullis attack --actions 2000 --coverage",
      "  portcullis attack --actions 2000 --seed 7 --profile mmu-700-r1 --json",
      "  portcullis attack --acpi iort.bin --acpi mcfg.bin --memory 0x80000000+8G",
      "",
      "Exit: 0 held; 1 a violation was found; 2 bad usage or input."
    })
final class AttackCommand implements Callable<Integer> {
  private static final long DEFAULT_ACTIONS = 100_000;

  /** An oracle that walks millions of first-level entries would see little else. */
  private static final int STREAM_ID_BITS = 16;

  /** The built-in board's own memory has no room for six blocks of 512 MiB in a row. */
  private static final String MEMORY_64K = "0x100000000+8G";

  @Spec private CommandSpec spec;

  @Option(
      names = "--actions",
      paramLabel = "N",
      converter = CountConverter.class,
      description = "How many actions. Default: 100000.")
  private long actions = DEFAULT_ACTIONS;

  @Mixin private SearchArguments search;

  @Mixin private BoardArguments arguments;

  @Option(
      names = "--coverage",
      description =
          "Tell how many rows of EL2's tables were applied, and which never; with --json, how"
              + " often each.")
  private boolean coverage;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws InputException {
    Board board =
        arguments.granule() == Granule.SIZE_64K ? arguments.boardOf(MEMORY_64K) : arguments.board();
    Profile profile = arguments.profile().withStreamIdBits(STREAM_ID_BITS);
    long start = System.nanoTime();
    HostileReport report = attack(board, profile, start);
    long nanos = System.nanoTime() - start;
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      AttackJson.write(report, board, profile, arguments.granule(), nanos, out);
    } else {
      AttackText.print(report, board, profile, arguments.granule(), nanos, out);
    }
    return report.violation().isEmpty() ? ExitCode.FINE : ExitCode.FOUND;
  }

  private HostileReport attack(Board board, Profile profile, long start) throws InputException {
    try (Progress progress = new Progress(spec.commandLine().getErr(), actions, "actions")) {
      LongPredicate goOn =
          done -> {
            progress.done(done);
            return System.nanoTime() - start < search.time().toNanos();
          };
      Policies policies = Policies.DEFAULT.with(arguments.granule());
      return coverage
          ? HostileCampaign.runForCoverage(board, profile, policies, search.seed(), actions, goOn)
          : HostileCampaign.run(board, profile, policies, search.seed(), actions, goOn);
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage());
    }
  }
}
