package portcullis.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.vmsa.AddressSize;
import portcullis.machine.smmuv3.profile.Profile;

/**
 * {@code portcullis bench}: starts the benchmarks, which are a jar of their own and need a Java
 * without this command's options.
 */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    header = "Measures the SMMU model's speed, and QEMU's beside it.",
    description = {
      "",
      "Translations that hit, that miss and that are cold, of 1 to 65536 streams; DMA; and the same"
          + " 16 MiB of DMA over the same tables on the model and on QEMU, for what a page missed"
          + " costs each. Use a quiet machine. docs/benchmarks.md says what each row is."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  portcullis bench --quick",
      "  portcullis bench --filter Translation --json",
      "  portcullis bench --profile mmu-600-r2",
      "",
      "Exit: 0 measured; 2 bad usage or input, or a benchmark failed."
    })
final class BenchCommand implements Callable<Integer> {

  private static final int ADDRESS_BITS = 44;

  /** Set by the launcher, which builds the jar. */
  private static final String JAR = "portcullis.benchmarks";

  @Option(
      names = "--filter",
      paramLabel = "REGEX",
      description = "Only benchmarks whose name it is found in; StoreBenchmark is among them then.")
  private String filter;

  @Mixin private ProfileOption profile;

  @Option(names = "--quick", description = "Two seconds for each, for a first look.")
  private boolean quick;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Option(names = "--no-qemu", description = "Do not compare with QEMU.")
  private boolean noQemu;

  @Override
  public Integer call() throws InputException {
    if (filter != null) {
      check(filter);
    }
    requireMeasurable(profile.profile());
    String jar = System.getProperty(JAR);
    if (jar == null) {
      throw new InputException("the benchmarks are a jar of their own: run the portcullis script");
    }
    try {
      return new ProcessBuilder(command(Path.of(jar))).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new InputException("cannot start java: " + FileErrors.reason(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitCode.BAD_INPUT;
    }
  }

  private List<String> command(Path jar) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+UseSerialGC");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-cp");
    command.add(jar.toString());
    command.add("portcullis.bench.Main");
    if (filter != null) {
      command.add("--filter");
      command.add(filter);
    }
    command.add("--profile");
    command.add(profile.argument());
    addIf(quick, "--quick", command);
    addIf(json, "--json", command);
    addIf(noQemu, "--no-qemu", command);
    return command;
  }

  private static void addIf(boolean asked, String option, List<String> command) {
    if (asked) {
      command.add(option);
    }
  }

  /** Something that the tables of the benchmarks are made for. */
  private record Need(String what, Predicate<Profile> met) {}

  private static final List<Need> NEEDS =
      List.of(
          new Need(
              "stages 1 and 2 (IDR0.S1P, S2P)",
              each -> Idr0.S1P.isSet(each.idr0()) && Idr0.S2P.isSet(each.idr0())),
          new Need("4 KiB pages (IDR5.GRAN4K)", each -> Idr5.GRAN4K.isSet(each.idr5())),
          new Need(
              "addresses of 44 bits (IDR5.OAS)",
              each -> AddressSize.bits(Idr5.OAS.get(each.idr5())) >= ADDRESS_BITS),
          new Need(
              "little-endian tables (IDR0.TTENDIAN)",
              each -> Idr0.TTENDIAN.get(each.idr0()) != Idr0.TTENDIAN_BIG),
          new Need(
              "faults that terminate (IDR0.STALL_MODEL)",
              each -> Idr0.STALL_MODEL.get(each.idr0()) != Idr0.STALL_MODEL_FORCED),
          new Need("ordinary caches (caches)", each -> !each.architecturalCaches()));

  private static void requireMeasurable(Profile profile) throws InputException {
    for (Need need : NEEDS) {
      if (!need.met().test(profile)) {
        throw new InputException(
            "%sexpected %s, which the benchmarks use; %s has none"
                .formatted(ProfileOption.PREFIX, need.what(), profile.name()));
      }
    }
  }

  private static void check(String regex) throws InputException {
    try {
      Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new InputException(
          "--filter: expected a regular expression, not '%s': %s"
              .formatted(regex, e.getDescription()));
    }
  }
}
