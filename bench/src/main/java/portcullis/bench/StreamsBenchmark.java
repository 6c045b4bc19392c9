package portcullis.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import portcullis.machine.smmuv3.AccessType;
import portcullis.machine.smmuv3.Translation;

/**
 * Translations of many streams in turn, each of a page that the TLB has: beyond the 256 entries of
 * the configuration caches each fetches its STE and CD again. An operation is one translation.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class StreamsBenchmark {
  private static final int TRANSLATIONS = 1 << 16;
  private static final int PAGES = 16;

  /** How many streams take turns. */
  @Param({"1", "16", "256", "4096", "65536"})
  public int streams;

  private Model model;
  private final Translation out = new Translation();

  /** Builds the streams' configuration. */
  @Setup(Level.Trial)
  public void build() {
    model = Model.with(ModelProfile.chosen(), 0, streams);
  }

  /** One translation for each stream in turn. */
  @Benchmark
  @OperationsPerInvocation(TRANSLATIONS)
  public long inTurn() {
    long sum = 0;
    for (int i = 0; i < TRANSLATIONS; i++) {
      long va = Workload.VA + (long) (i % PAGES) * Workload.PAGE;
      int stream = i & (streams - 1);
      if (!model.smmu().transaction(stream, Translation.NO_SUBSTREAM, va, AccessType.READ, out)) {
        throw new AssertionError(out.event());
      }
      sum += out.pa();
    }
    return sum;
  }
}
