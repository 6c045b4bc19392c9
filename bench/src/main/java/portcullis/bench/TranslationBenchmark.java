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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import portcullis.machine.smmuv3.AccessType;
import portcullis.machine.smmuv3.Translation;
import portcullis.machine.smmuv3.profile.Profile;

/**
 * What one nested translation of a 4 KiB page costs (four levels over three), by what the SMMU
 * still holds. An operation is one translation.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TranslationBenchmark {
  private static final int STREAM = 8;

  /** Pages that a TLB of 1024 entries holds with room to spare. */
  private static final int FEW_PAGES = 128;

  private final Model model = Model.with(ModelProfile.chosen(), STREAM, 1);
  private final Model withoutWalkCache = Model.with(Profile.QEMU_11, STREAM, 1);
  private final Translation out = new Translation();

  /** Fills the TLB for {@link #hit}. */
  @Setup(Level.Iteration)
  public void fill() {
    translate(model, 0, FEW_PAGES);
    model.workload().checkNoEvent();
  }

  private long translate(Model on, int first, int pages) {
    long sum = 0;
    for (int page = first; page < first + pages; page++) {
      long va = Workload.VA + (long) page * Workload.PAGE;
      if (!on.smmu().transaction(STREAM, Translation.NO_SUBSTREAM, va, AccessType.WRITE, out)) {
        throw new AssertionError(out.event());
      }
      sum += out.pa();
    }
    return sum;
  }

  /** Each translation is in the TLB. */
  @Benchmark
  @OperationsPerInvocation(FEW_PAGES)
  public long hit() {
    return translate(model, 0, FEW_PAGES);
  }

  /** None is in the TLB, as 4096 pages take turns; the walk cache knows the last tables. */
  @Benchmark
  @OperationsPerInvocation(Workload.PAGES)
  public long missWithWalkCache() {
    return translate(model, 0, Workload.PAGES);
  }

  /** As after invalidation of all: 4096 pages one after the other, then forgotten. */
  @Benchmark
  @OperationsPerInvocation(Workload.PAGES)
  public long cold() {
    model.workload().invalidateTranslations();
    return translate(model, 0, Workload.PAGES);
  }

  /** {@link #cold} without a walk cache: as QEMU does it. */
  @Benchmark
  @OperationsPerInvocation(Workload.PAGES)
  public long coldWithoutWalkCache() {
    withoutWalkCache.workload().invalidateTranslations();
    return translate(withoutWalkCache, 0, Workload.PAGES);
  }
}
