package portcullis.bench;

import java.util.Collection;
import java.util.Optional;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.util.ListStatistics;

/**
 * What a page missed costs the model and QEMU, over all iterations of {@link ComparisonBenchmark}.
 *
 * @param modelNanos nanoseconds, the lower quartile of the iterations: what disturbs the machine
 *     makes an iteration last longer, never shorter
 * @param qemuNanos likewise
 * @param lowerQuartile of the iterations' own ratios, each disturbed as it was
 * @param upperQuartile likewise
 */
record Comparison(double modelNanos, double qemuNanos, double lowerQuartile, double upperQuartile) {
  private static final String MODEL = "modelPicos";
  private static final String QEMU = "qemuPicos";
  private static final double PICOS_PER_NANO = 1000;

  /** The model's share of QEMU's cost. */
  double ratio() {
    return modelNanos / qemuNanos;
  }

  /** Empty if it was not measured. */
  static Optional<Comparison> of(Collection<RunResult> results) {
    return results.stream().filter(Comparison::isOne).findFirst().map(Comparison::of);
  }

  /** Whether a benchmark is this, and no figure of its own. */
  static boolean isOne(RunResult result) {
    return result.getSecondaryResults().containsKey(MODEL);
  }

  private static Comparison of(RunResult result) {
    ListStatistics model = new ListStatistics();
    ListStatistics qemu = new ListStatistics();
    ListStatistics shares = new ListStatistics();
    for (BenchmarkResult fork : result.getBenchmarkResults()) {
      for (IterationResult iteration : fork.getIterationResults()) {
        double modelPicos = iteration.getSecondaryResults().get(MODEL).getScore();
        double qemuPicos = iteration.getSecondaryResults().get(QEMU).getScore();
        model.addValue(modelPicos / PICOS_PER_NANO);
        qemu.addValue(qemuPicos / PICOS_PER_NANO);
        shares.addValue(modelPicos / qemuPicos);
      }
    }
    return new Comparison(
        model.getPercentile(25),
        qemu.getPercentile(25),
        shares.getPercentile(25),
        shares.getPercentile(75));
  }
}
