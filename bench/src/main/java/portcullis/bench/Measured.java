package portcullis.bench;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.util.ListStatistics;
import org.openjdk.jmh.util.Statistics;

/**
 * One benchmark's figures.
 *
 * @param name class, method and parameters
 * @param nanos nanoseconds an operation, the median of the iterations
 * @param spread how much more or less the quartiles of the iterations are, at most
 * @param bytes bytes allocated an operation, the profiler's own share included
 * @param missNanos nanoseconds a page missed, likewise the median, where the benchmark tells it
 */
record Measured(
    String name, double nanos, double spread, double bytes, Optional<Double> missNanos) {
  private static final String SUFFIX = "Benchmark";
  private static final String ALLOCATED = "gc.alloc.rate.norm";
  private static final String MISS_NANOS = "missNanos";
  private static final String MISSED_PAGES = "missedPages";

  static List<Measured> of(Collection<RunResult> results) {
    return results.stream().map(Measured::of).toList();
  }

  private static Measured of(RunResult result) {
    Result<?> primary = result.getPrimaryResult();
    Statistics iterations = primary.getStatistics();
    double median = iterations.getPercentile(50);
    return new Measured(
        name(result.getParams()),
        median,
        Math.max(iterations.getPercentile(75) - median, median - iterations.getPercentile(25)),
        result.getSecondaryResults().get(ALLOCATED).getScore(),
        missNanos(result));
  }

  private static Optional<Double> missNanos(RunResult result) {
    if (!result.getSecondaryResults().containsKey(MISS_NANOS)) {
      return Optional.empty();
    }
    ListStatistics nanos = new ListStatistics();
    for (BenchmarkResult fork : result.getBenchmarkResults()) {
      for (IterationResult iteration : fork.getIterationResults()) {
        nanos.addValue(
            iteration.getSecondaryResults().get(MISS_NANOS).getScore()
                / iteration.getSecondaryResults().get(MISSED_PAGES).getScore());
      }
    }
    return Optional.of(nanos.getPercentile(50));
  }

  /** Such as {@code translation.hit} or {@code streams.inTurn streams=16}. */
  static String name(BenchmarkParams params) {
    String full = params.getBenchmark();
    int method = full.lastIndexOf('.');
    String type = full.substring(full.lastIndexOf('.', method - 1) + 1, method);
    String simple =
        type.endsWith(SUFFIX) ? type.substring(0, type.length() - SUFFIX.length()) : type;
    String parameters =
        params.getParamsKeys().stream()
            .map(key -> " " + key + "=" + params.getParam(key).toLowerCase(Locale.ROOT))
            .collect(Collectors.joining());
    return simple.toLowerCase(Locale.ROOT) + full.substring(method) + parameters;
  }

  /** Operations a second. */
  double rate() {
    return 1e9 / nanos;
  }
}
