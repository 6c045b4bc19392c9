package portcullis.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongConsumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import portcullis.arch.smmu.Register;
import portcullis.diff.CaseException;
import portcullis.diff.DiffReport;
import portcullis.diff.QemuDiff;
import portcullis.machine.smmuv3.profile.IdRegisters;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.qemu.Qemu;
import portcullis.qemu.QemuException;

/** {@code portcullis diff qemu}: the model against QEMU's SMMUv3. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    header = "Compares the SMMU model with QEMU's on random cases.",
    description = {
      "",
      "Each case is memory (Stream table, CD, tables) and steps (changes, commands, register"
          + " writes, DMA), run on the model with profile qemu-11 and on QEMU. Compared: where data"
          + " went, event records, errors, registers. The first difference that no known deviation"
          + " of QEMU explains is made as small as possible and told, with a file that replays it.",
      "",
      "The same seed gives the same cases. docs/diff.md lists the deviations."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  portcullis diff qemu",
      "  portcullis diff qemu --cases 200000 --seed 7",
      "  portcullis diff qemu --seed 7 --from 1234 --cases 1",
      "  portcullis diff qemu --time 10m --cases 100000000 --json",
      "  portcullis diff qemu --replay case.txt",
      "",
      "Exit: 0 no unexplained difference; 1 one was found; 2 bad usage or input, or no QEMU."
    })
final class DiffCommand implements Callable<Integer> {
  private static final long DEFAULT_CASES = 20_000;
  private static final String DEFAULT_FILE = "diff-case.txt";

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "qemu", description = "What to compare with.")
  private String peer;

  @Option(
      names = "--cases",
      paramLabel = "N",
      converter = CountConverter.class,
      description = "How many cases. Default: 20000.")
  private long cases = DEFAULT_CASES;

  @Mixin private SearchArguments search;

  @Option(
      names = "--from",
      paramLabel = "N",
      converter = IndexConverter.class,
      description = "Index of the first case: the second number of a case's name. Default: 0.")
  private long from;

  @Mixin private final ProfileOption profile = new ProfileOption(Profile.QEMU_11);

  @Option(
      names = "--replay",
      paramLabel = "FILE",
      converter = FileConverter.class,
      description = "Run the one case of FILE instead.")
  private Path replay;

  @Option(
      names = "--save",
      paramLabel = "FILE",
      converter = FileConverter.class,
      description = "Where a case that was found goes. Default: diff-case.txt.")
  private Path save = Path.of(DEFAULT_FILE);

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws InputException {
    if (!peer.equals("qemu")) {
      throw new InputException("expected qemu, not '" + peer + "'");
    }
    requireQemus(profile.profile());
    Qemu qemu = Qemu.find().orElseThrow(() -> new InputException(Qemu.MISSING));
    DiffReport report = report(qemu);
    if (replay == null && !report.findings().isEmpty()) {
      write(report.findings().getFirst().file());
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      DiffJson.write(report, qemu, out);
    } else {
      DiffText.print(report, qemu, replay == null ? save : replay, out);
    }
    return report.findings().isEmpty() ? ExitCode.FINE : ExitCode.FOUND;
  }

  /** Two SMMUs that can do different things are no use to compare. */
  private static void requireQemus(Profile profile) throws InputException {
    Profile qemus = Profile.QEMU_11;
    for (Register register : IdRegisters.ALL) {
      int given = profile.ids().value(register);
      int has = qemus.ids().value(register);
      if (given != has) {
        throw new InputException(
            "%sexpected %s, which is all that QEMU's SMMU can be: %s has %s 0x%x, not 0x%x"
                .formatted(
                    ProfileOption.PREFIX, qemus.name(), profile.name(), register, given, has));
      }
    }
    if (!profile.caches().equals(qemus.caches())) {
      throw new InputException(
          "%sexpected %s: %s caches more or less than QEMU's SMMU"
              .formatted(ProfileOption.PREFIX, qemus.name(), profile.name()));
    }
  }

  private DiffReport report(Qemu qemu) throws InputException {
    try {
      if (replay != null) {
        return QemuDiff.replay(qemu, Files.readAllLines(replay));
      }
      try (Progress progress = new Progress(spec.commandLine().getErr(), cases, "cases")) {
        LongConsumer done = progress::done;
        return QemuDiff.run(
            qemu, new QemuDiff.Options(search.seed(), from, cases, search.time()), done);
      }
    } catch (CaseException e) {
      throw new InputException(replay + ": " + e.getMessage());
    } catch (IOException e) {
      throw new InputException("%s: cannot be read: %s".formatted(replay, FileErrors.reason(e)));
    } catch (QemuException e) {
      throw new InputException(e.getMessage());
    }
  }

  private void write(List<String> lines) throws InputException {
    try {
      Files.write(save, lines);
    } catch (IOException e) {
      throw new InputException("%s: cannot be written: %s".formatted(save, FileErrors.reason(e)));
    }
  }
}
