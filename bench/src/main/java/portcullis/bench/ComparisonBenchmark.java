package portcullis.bench;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The same 16 MiB of DMA over the same tables, by the model and by QEMU's SMMUv3, in transfers of
 * 512 KiB. Each is done twice: nested, after a command that invalidates all that is cached of it;
 * and past the disabled SMMU, after the same command for what is not cached. What the first takes
 * longer is the cost of its 128 cold translations; moving the data, the device and the way to it
 * are in both.
 *
 * <p>{@link Misses} tells that cost, as the median of an iteration's transfers, so that what else
 * runs on the machine does not count. The benchmark's own score is the time a page of both.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(1)
public class ComparisonBenchmark {
  private static final int CHUNKS = Workload.PAGES / Workload.CHUNK_PAGES;
  private static final int MAX_TRANSFERS = 1 << 16;

  /** Whose SMMU it is. */
  @Param({"MODEL", "QEMU"})
  public Side side;

  private Dma dma;

  /** What an iteration's misses cost; the ratio of both is nanoseconds a page missed. */
  @AuxCounters(AuxCounters.Type.EVENTS)
  @State(Scope.Thread)
  public static class Misses {
    private final long[] differences = new long[MAX_TRANSFERS];
    private int transfers;

    /** A transfer took so long with cold translations, so long without any. */
    void add(long coldNanos, long bypassNanos) {
      differences[transfers++ % MAX_TRANSFERS] = coldNanos - bypassNanos;
    }

    /** Forgets the last iteration. */
    @Setup(Level.Iteration)
    public void clear() {
      transfers = 0;
    }

    /** Nanoseconds that all misses took, each as long as the median. */
    public long missNanos() {
      int count = Math.min(transfers, MAX_TRANSFERS);
      long[] sorted = Arrays.copyOf(differences, count);
      Arrays.sort(sorted);
      return count == 0 ? 0 : sorted[count / 2] * count;
    }

    /** Pages missed. */
    public long missedPages() {
      return (long) Math.min(transfers, MAX_TRANSFERS) * Workload.CHUNK_PAGES;
    }
  }

  /** Builds the machine, or starts QEMU. */
  @Setup(Level.Trial)
  public void start() {
    dma = side.start();
  }

  /** Every page reached memory, and QEMU ends. */
  @TearDown(Level.Trial)
  public void stop() {
    dma.workload().checkNoEvent();
    dma.close();
  }

  /** 16 MiB, each page with a cold translation and without any. */
  @Benchmark
  @OperationsPerInvocation(Workload.PAGES)
  public void dma(Misses misses) {
    for (int chunk = 0; chunk < CHUNKS; chunk++) {
      long iova = Workload.VA + (long) chunk * Workload.CHUNK;
      long start = System.nanoTime();
      dma.workload().invalidateTranslations();
      dma.write(iova);
      long coldNanos = System.nanoTime() - start;
      dma.workload().translate(false);
      start = System.nanoTime();
      dma.workload().invalidateNothing();
      dma.write(Workload.DATA);
      long bypassNanos = System.nanoTime() - start;
      dma.workload().translate(true);
      misses.add(coldNanos, bypassNanos);
    }
  }
}
