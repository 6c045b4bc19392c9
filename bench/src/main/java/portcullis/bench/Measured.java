package portcullis.bench;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.util.Statistics;

/**
 * One benchmark's figures.
 *
 * @param name class, method and parameters
 * @param nanos nanoseconds an operation, the median of the iterations
 * @param spread how much more or less the quartiles of the iterations are, at most
 * @param bytes bytes allocated an operation, the profiler's own share included
 */
record Measured(String name, double nanos, double spread, double bytes) {
  private static final String SUFFIX = "Benchmark";
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  /** Of all but the {@link Comparison}. */
  static List<Measured> of(Collection<RunResult> results) {
    return results.stream().filter(result -> !Comparison.isOne(result)).map(Measured::of).toList();
  }

  private static Measured of(RunResult result) {
    Result<?> primary = result.getPrimaryResult();
    Statistics iterations = primary.getStatistics();
    double median = iterations.getPercentile(50);
    return new Measured(
        name(result.getParams()),
        median,
        Math.max(iterations.getPercentile(75) - median, median - iterations.getPercentile(25)),
        result.getSecondaryResults().get(ALLOCATED).getScore());
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
