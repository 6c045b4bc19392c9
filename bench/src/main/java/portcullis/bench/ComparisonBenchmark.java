package portcullis.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
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
 * <p>Model and QEMU take turns, so that what else runs on the machine slows both. {@link Misses}
 * tells what they came to; the benchmark's own score is of no interest.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 20, time = 1)
@Fork(1)
public class ComparisonBenchmark {
  private static final int CHUNKS = Workload.BYTES / Workload.CHUNK;

  /** Transfers in a turn that count: fewer of QEMU, which takes longer by far. */
  private static final int MODEL_TRANSFERS = 16;

  private static final int QEMU_TRANSFERS = 2;

  private Dma model;
  private Dma qemu;

  /** What an iteration's misses cost either side. */
  @AuxCounters(AuxCounters.Type.EVENTS)
  @State(Scope.Thread)
  public static class Misses {
    private final Transfers model = new Transfers();
    private final Transfers qemu = new Transfers();

    /** Forgets the last iteration. */
    @Setup(Level.Iteration)
    public void clear() {
      model.clear();
      qemu.clear();
    }

    /** Picoseconds that a page missed takes the model. */
    public long modelPicos() {
      return model.picosPerMiss();
    }

    /** Picoseconds that a page missed takes QEMU. */
    public long qemuPicos() {
      return qemu.picosPerMiss();
    }
  }

  /** Builds the machine, and starts QEMU. */
  @Setup(Level.Trial)
  public void start() {
    model = Side.MODEL.start();
    qemu = Side.QEMU.start();
  }

  /** Every page reached memory, and QEMU ends. */
  @TearDown(Level.Trial)
  public void stop() {
    model.workload().checkNoEvent();
    qemu.workload().checkNoEvent();
    model.close();
    qemu.close();
  }

  /** 16 MiB, each page with a cold translation and without any. */
  @Benchmark
  public void dma(Misses misses) {
    for (int chunk = 0; chunk < CHUNKS; chunk++) {
      long iova = Workload.VA + (long) chunk * Workload.CHUNK;
      turn(model, iova, MODEL_TRANSFERS, misses.model);
      turn(qemu, iova, QEMU_TRANSFERS, misses.qemu);
    }
  }

  /** The first transfer of a turn finds the processor's caches full of the other side's. */
  private static void turn(Dma dma, long iova, int count, Transfers transfers) {
    transfer(dma, iova, Transfers.IGNORED);
    for (int i = 0; i < count; i++) {
      transfer(dma, iova, transfers);
    }
  }

  private static void transfer(Dma dma, long iova, Transfers transfers) {
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
    transfers.add(coldNanos, bypassNanos);
  }
}
