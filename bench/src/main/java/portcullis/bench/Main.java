package portcullis.bench;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import portcullis.qemu.Qemu;

/** {@code portcullis bench}: runs the benchmarks by JMH and prints what they measured. */
public final class Main {
  private static final String ASKED = "--no-qemu";

  /**
   * Compiles what a TLB miss does on its own, as the portcullis command has it for long runs: as a
   * part of each loop that accesses memory it gets too few registers.
   */
  private static final String MISS_ON_ITS_OWN =
      "-XX:CompileCommand=dontinline,portcullis.machine.smmuv3.Stage1::miss";

  private Main() {}

  /** Runs what the arguments ask for; the exit code is 2 if that fails. */
  public static void main(String[] arguments) {
    Request request = Request.of(arguments);
    String withoutQemu = request.qemu() ? Qemu.find().map(_ -> "").orElse(Qemu.MISSING) : ASKED;
    try {
      Report report =
          new Report(
              new Runner(options(request, withoutQemu), new Progress(System.err)).run(),
              withoutQemu);
      PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
      if (request.json()) {
        report.json(out);
      } else {
        report.table(out);
      }
      out.flush();
    } catch (NoBenchmarksException e) {
      System.err.println(
          "portcullis bench: no benchmark's name matches "
              + request.filter()
              + (withoutQemu.isEmpty() ? "" : ", without comparing with QEMU: " + withoutQemu));
      System.exit(2);
    } catch (RunnerException e) {
      System.err.println("portcullis bench: " + e.getMessage());
      System.exit(2);
    }
  }

  private static Options options(Request request, String withoutQemu) {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("(?i)" + request.filter())
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true)
            .jvmArgsAppend(
                "-XX:+UseSerialGC",
                "-XX:CompileCommand=quiet",
                MISS_ON_ITS_OWN,
                "--sun-misc-unsafe-memory-access=allow",
                ModelProfile.jvmOption(request.profile()));
    if (request.quick()) {
      options
          .warmupIterations(2)
          .warmupTime(TimeValue.milliseconds(500))
          .measurementIterations(10)
          .measurementTime(TimeValue.milliseconds(100));
    }
    if (!withoutQemu.isEmpty()) {
      options.exclude(ComparisonBenchmark.class.getSimpleName());
    }
    return options.build();
  }
}
