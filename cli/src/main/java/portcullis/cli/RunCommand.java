package portcullis.cli;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import portcullis.check.qemu.QemuRunMachine;
import portcullis.check.run.Policies;
import portcullis.check.run.Run;
import portcullis.check.run.RunMachine;
import portcullis.check.run.RunReport;
import portcullis.check.trace.TraceWriter;
import portcullis.hyp.smmuv3.ProtectionPolicy;
import portcullis.machine.smmuv3.profile.Profile;
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
      "  portcullis run --dtb k3-j721e-evm.dtb --strict",
      "  portcullis run --acpi iort.bin --acpi mcfg.bin --memory 0x80000000+8G",
      "  portcullis run --seed 7 --trace trace.txt --json",
      "  portcullis run --granule 64k",
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

  @Mixin private BoardArguments arguments;

  @Option(
      names = "--strict",
      description =
          "Refuse SMMUs that do not look into the CPUs' caches, rather than clean these for them.")
  private boolean strict;

  @Option(
      names = "--seed",
      paramLabel = "N",
      converter = SeedConverter.class,
      description = "Where the run's choices come from. Default: 1.")
  private long seed = 1;

  @Option(
      names = "--streams",
      paramLabel = "N|all",
      hideParamSyntax = true,
      converter = StreamsConverter.class,
      description =
          "How many StreamIDs of each range of a master the host attaches, spread over it: one"
              + " behind stage 1, the others bypass it. Default: 1.")
  private long streams = 1;

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
    try (Run run = new Run(machine, policies(), seed, sink)) {
      return run.report(streams);
    } catch (QemuException e) {
      throw new InputException("--platform qemu: " + e.getMessage());
    }
  }

  private Policies policies() {
    Policies policies = Policies.DEFAULT.with(arguments.granule());
    return strict ? policies.with(ProtectionPolicy.STRICT) : policies;
  }

  private RunMachine.Maker model() throws InputException {
    Profile profile = arguments.profile();
    return Run.onModel(arguments.board(), profile);
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
    if (arguments.dtb().isPresent() && sameFile(arguments.dtb().get(), trace)) {
      throw new InputException("--trace: expected another file than that of --dtb, not " + trace);
    }
    if (arguments.acpi().stream().anyMatch(file -> sameFile(file, trace))) {
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
}
