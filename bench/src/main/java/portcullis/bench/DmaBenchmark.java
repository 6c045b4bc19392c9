package portcullis.bench;

import java.util.Arrays;
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
import portcullis.machine.DmaMaster;
import portcullis.machine.Stream;

/**
 * 16 MiB of DMA by a nested stream, each page missed after an invalidation of all. An operation is
 * a page of 4 KiB: 512 words, and one translation.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DmaBenchmark {
  private static final Stream STREAM = Stream.of(0, 8);

  private final Model model = Model.with(ModelProfile.chosen(), STREAM.streamId(), 1);
  private final byte[] data = new byte[Workload.BYTES];
  private byte fill;

  /** Other data than before; all of it goes to {@link Workload#CHUNK} bytes of memory. */
  @Setup(Level.Invocation)
  public void change() {
    fill++;
    for (int chunk = 0; chunk < data.length / Workload.CHUNK; chunk++) {
      int from = chunk * Workload.CHUNK;
      Arrays.fill(data, from, from + Workload.CHUNK, (byte) (fill + chunk));
    }
  }

  /** To memory, each word another than is there. */
  @Benchmark
  @OperationsPerInvocation(Workload.PAGES)
  public DmaMaster.Result write() {
    model.workload().invalidateTranslations();
    return model.master().write(STREAM, Workload.VA, data);
  }

  /** From memory. */
  @Benchmark
  @OperationsPerInvocation(Workload.PAGES)
  public DmaMaster.Result read() {
    model.workload().invalidateTranslations();
    return model.master().read(STREAM, Workload.VA, data);
  }
}
