package portcullis.cli;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import portcullis.board.AcpiBoardReader;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.BuiltInBoard;
import portcullis.board.MemoryArgument;
import portcullis.board.acpi.AcpiTable;
import portcullis.board.acpi.AcpiTables;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.DeviceTree;
import portcullis.check.qemu.QemuRunMachine;
import portcullis.check.run.Policies;
import portcullis.check.run.Run;
import portcullis.check.run.RunMachine;
import portcullis.check.run.RunReport;
import portcullis.check.trace.TraceWriter;
import portcullis.machine.smmuv3.Profile;
import portcullis.platform.trace.TraceSink;
import portcullis.qemu.Qemu;
import portcullis.qemu.QemuException;

/** {@code portcullis run}: the main job. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    header = "Boots a board under the hypervisor, attacks it and reports what was stopped.",
    description = {
      "",
      "The host moves data by DMA; pages of its go to a guest; then it tries to reach them in every"
          + " way: by each master, by bypass STEs, stage-1 tables, queues and registers. Each"
          + " attempt is reported with what stopped it.",
      "",
      "The same board, options and seed give the same bytes of output and trace."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  portcullis run",
      "  portcullis run --dtb board.dtb",
      "  portcullis run --dtb hip07-d05.dtb --memory 0x0+32G,0x40000000000+32G",
      "  portcullis run --dtb k3-j721e-evm.dtb --assume coherent",
      "  portcullis run --acpi iort.bin --acpi mcfg.bin --memory 0x80000000+8G",
      "  portcullis run --seed 7 --trace trace.txt --json",
      "  portcullis run --platform qemu",
      "",
      "Exit: 0 held; 1 violated, or nothing could be protected; 2 bad usage or input."
    })
final class RunCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--platform",
      paramLabel = "NAME",
      description =
          "Where it runs: ${COMPLETION-CANDIDATES}. On qemu the board, the SMMU, memory and two"
              + " DMA devices are QEMU's own; what they lack is skipped. Default: model.",
      completionCandidates = RunPlatform.Names.class,
      converter = RunPlatform.Converter.class)
  private RunPlatform platform = RunPlatform.MODEL;

  @Option(
      names = "--dtb",
      paramLabel = "FILE",
      converter = FileConverter.class,
      description = "The board's flattened device tree. Default: a built-in board.")
  private Path dtb;

  @Option(
      names = "--acpi",
      paramLabel = "FILE",
      converter = FileConverter.class,
      description =
          "An ACPI table of the board, in place of a device tree: its IORT, and again for its SRAT"
              + " (memory) and MCFG (PCI buses), if at hand (docs/boards.md).")
  private List<Path> acpi = List.of();

  @Option(
      names = "--profile",
      paramLabel = "NAME|FILE",
      hideParamSyntax = true,
      description =
          "What the board's SMMUs can do: ${COMPLETION-CANDIDATES}, or a file (docs/profiles.md)."
              + " Default: generic.",
      completionCandidates = ProfileNames.class)
  private String profileName = Profile.GENERIC.name();

  @Option(
      names = "--memory",
      paramLabel = "SIZE|BASE+SIZE,...",
      hideParamSyntax = true,
      description =
          "The board's memory, in place of what the files say: 8G, or 0x0+32G,0x40000000000+32G.")
  private String memory;

  @Option(
      names = "--assume",
      paramLabel = "coherent,enabled",
      split = ",",
      hideParamSyntax = true,
      description =
          "Take every SMMU as coherent, as enabled or as both, whatever the files say, for a"
              + " what-if.")
  private List<String> assumptions = List.of();

  @Option(
      names = "--seed",
      paramLabel = "N",
      converter = SeedConverter.class,
      description = "Where the run's choices come from. Default: 1.")
  private long seed = 1;

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      converter = FileConverter.class,
      description = "Write one line an event to FILE (docs/trace.md).")
  private Path trace;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws InputException {
    RunMachine.Maker machine =
        switch (platform) {
          case MODEL -> model();
          case QEMU -> qemu();
        };
    RunReport report = trace == null ? run(machine, TraceSink.NONE) : traced(machine);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      RunJson.write(report, out);
    } else {
      new RunText(out).print(report);
    }
    return report.result() == RunReport.Result.HELD ? ExitCode.FINE : ExitCode.FOUND;
  }

  private RunReport run(RunMachine.Maker machine, TraceSink sink) throws InputException {
    try (Run run = new Run(machine, Policies.DEFAULT, seed, sink)) {
      return run.report();
    } catch (QemuException e) {
      throw new InputException("--platform qemu: " + e.getMessage());
    }
  }

  private RunMachine.Maker model() throws InputException {
    Profile profile = ProfileArgument.of(profileName, "--profile: ");
    return Run.onModel(board(), profile);
  }

  /** QEMU as it is installed; what else describes a machine would contradict it. */
  private RunMachine.Maker qemu() throws InputException {
    for (String option : List.of("--dtb", "--acpi", "--profile", "--memory", "--assume")) {
      if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
        throw new InputException(
            option + ": expected none with --platform qemu, where QEMU is the board and its SMMU");
      }
    }
    return Qemu.find()
        .map(QemuRunMachine::of)
        .orElseThrow(() -> new InputException("--platform qemu: " + Qemu.MISSING));
  }

  private RunReport traced(RunMachine.Maker machine) throws InputException {
    if (dtb != null && sameFile(dtb, trace)) {
      throw new InputException("--trace: expected another file than that of --dtb, not " + trace);
    }
    if (acpi.stream().anyMatch(file -> sameFile(file, trace))) {
      throw new InputException("--trace: expected another file than that of --acpi, not " + trace);
    }
    try (BufferedWriter file = Files.newBufferedWriter(trace);
        TraceWriter writer = new TraceWriter(file)) {
      return run(machine, writer);
    } catch (IOException e) {
      throw cannotWrite(e);
    } catch (UncheckedIOException e) {
      throw cannotWrite(e.getCause());
    }
  }

  private static boolean sameFile(Path one, Path other) {
    try {
      return Files.isSameFile(one, other);
    } catch (IOException e) {
      return false;
    }
  }

  private InputException cannotWrite(IOException e) {
    return new InputException("%s: cannot be written: %s".formatted(trace, FileErrors.reason(e)));
  }

  private Board board() throws InputException {
    try {
      BoardOptions options = options();
      Board board = acpi.isEmpty() ? fromTree(options) : fromAcpi(options);
      if (board.topAddress() > 1L << Run.ADDRESS_BITS) {
        throw new InputException(
            "%s: memory or registers end at 0x%x: expected an end at or below 2^%d"
                .formatted(board.fileName(), board.topAddress(), Run.ADDRESS_BITS));
      }
      return board;
    } catch (BoardException e) {
      throw new InputException(e.getMessage());
    }
  }

  private Board fromTree(BoardOptions options) throws BoardException {
    DeviceTree tree = dtb == null ? BuiltInBoard.tree() : DeviceTree.read(dtb);
    return BoardReader.read(tree, options);
  }

  private Board fromAcpi(BoardOptions options) throws BoardException, InputException {
    if (dtb != null) {
      throw new InputException("--acpi: expected none with --dtb, which describes a whole board");
    }
    List<AcpiTable> tables = new ArrayList<>();
    for (Path file : acpi) {
      tables.add(AcpiTable.read(file));
    }
    return AcpiBoardReader.read(AcpiTables.of(tables), options);
  }

  private BoardOptions options() throws InputException, BoardException {
    BoardOptions options = BoardOptions.DEFAULTS;
    for (String assumption : assumptions) {
      options =
          switch (assumption.trim().toLowerCase(Locale.ROOT)) {
            case "coherent" -> options.withAssumeCoherent();
            case "enabled" -> options.withAssumeEnabled();
            default ->
                throw new InputException(
                    "--assume: expected coherent or enabled, not '" + assumption + "'");
          };
    }
    return memory == null ? options : options.withMemory(MemoryArgument.parse(memory));
  }

  /** For the help text. */
  static final class ProfileNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Profile.ALL.stream().map(Profile::name).toList().iterator();
    }
  }
}
