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
 * The same 16 MiB of DMA over the same tables, by the model and by QEMU's SMMUv3: after a command
 * that invalidates all that is cached, in 32 transfers of 512 KiB, so that each of the 4,096 pages
 * is missed once. Each transfer is also made past the disabled SMMU. What the first takes longer is
 * the cost of its 128 cold translations; moving the data, the device and the way to it are in both.
 *
 * <p>Model and QEMU take turns, so that what else runs on the machine slows both. {@link Misses}
 * tells what they came to; the benchmark's own score is of no interest.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 40, time = 1)
@Fork(1)
public class ComparisonBenchmark {
  private static final int CHUNKS = Workload.BYTES / Workload.CHUNK;

  /** Of the 16 MiB, for each time that QEMU moves them, which takes longer by far. */
  private static final int MODEL_PASSES = 4;

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
    for (int i = 0; i < MODEL_PASSES; i++) {
      pass(model, misses.model);
    }
    pass(qemu, misses.qemu);
  }

  private static void pass(Dma dma, Transfers transfers) {
    dma.workload().invalidateTranslations();
    for (int chunk = 0; chunk < CHUNKS; chunk++) {
      long start = System.nanoTime();
      dma.write(Workload.VA + (long) chunk * Workload.CHUNK);
      long coldNanos = System.nanoTime() - start;
      dma.workload().translate(false);
      start = System.nanoTime();
      dma.write(Workload.DATA);
      long bypassNanos = System.nanoTime() - start;
      dma.workload().translate(true);
      transfers.add(coldNanos, bypassNanos);
    }
  }
}
