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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import portcullis.store.Cell;
import portcullis.store.PagedWords;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * What the store costs per word. Run it with the gc profiler: {@code gc.alloc.rate.norm} must be 0
 * B/op in every row, but for the profiler's own share.
 *
 * <p>An operation is one word. The rows {@code unjournaled*} change words with no mark open. The
 * rows {@code journaled*} open a mark, change words and release the mark: their difference from
 * {@code unjournaled*} is the journal. The rows {@code undone*} time the undo alone; {@code
 * journaledAndUndone*} is both, as the explorer does them.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class StoreBenchmark {
  private static final int WORDS = 4096;

  /**
   * Words between two that are written one after the other, so that each is on a page of its own.
   */
  private static final int PAGE_STRIDE = PagedWords.PAGE_WORDS + 8;

  private final Store store = new Store();
  private final Cell cell = store.cell("cell");
  private final Words words = store.words("words", WORDS);
  private final PagedWords sequential = store.paged("sequential", PagedWords.MAX_LENGTH);
  private final PagedWords scattered = store.paged("scattered", PagedWords.MAX_LENGTH);

  /** Differs from one invocation to the next, so that every write is a change. */
  private long value;

  /** Allocates the pages and grows the journal, as a run does once. */
  @Setup(Level.Trial)
  public void touch() {
    for (int i = 0; i < WORDS; i++) {
      sequential.set(i, 1);
      scattered.set((long) i * PAGE_STRIDE, 1);
    }
  }

  /** What was measured must have been right: undo still restores the fingerprint. */
  @TearDown(Level.Trial)
  public void check() {
    long mark = store.mark();
    long before = store.fingerprint();
    writeScattered();
    store.undo(mark);
    if (store.fingerprint() != before) {
      throw new AssertionError("undo did not restore the fingerprint");
    }
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public void unjournaledCell() {
    writeCell();
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public void unjournaledWords() {
    writeWords();
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public void unjournaledPagedSequential() {
    writeSequential();
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public void unjournaledPagedScattered() {
    writeScattered();
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public void journaledCell() {
    long mark = store.mark();
    writeCell();
    store.release(mark);
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public void journaledWords() {
    long mark = store.mark();
    writeWords();
    store.release(mark);
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public void journaledPagedSequential() {
    long mark = store.mark();
    writeSequential();
    store.release(mark);
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public void journaledPagedScattered() {
    long mark = store.mark();
    writeScattered();
    store.release(mark);
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public void journaledAndUndoneCell() {
    long mark = store.mark();
    writeCell();
    store.undo(mark);
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public void journaledAndUndoneWords() {
    long mark = store.mark();
    writeWords();
    store.undo(mark);
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public void journaledAndUndonePagedScattered() {
    long mark = store.mark();
    writeScattered();
    store.undo(mark);
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public long readWords() {
    long sum = 0;
    for (int i = 0; i < WORDS; i++) {
      sum += words.get(i);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public long readPagedSequential() {
    long sum = 0;
    for (int i = 0; i < WORDS; i++) {
      sum += sequential.get(i);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public long readPagedScattered() {
    long sum = 0;
    for (int i = 0; i < WORDS; i++) {
      sum += scattered.get((long) i * PAGE_STRIDE);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public long readPagedUntouched() {
    long sum = 0;
    for (int i = 0; i < WORDS; i++) {
      sum += sequential.get((long) (i + WORDS) * PAGE_STRIDE);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public void undoneCell(CellChanges changes) {
    changes.store.undo(changes.mark);
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public void undoneWords(WordsChanges changes) {
    changes.store.undo(changes.mark);
  }

  @Benchmark
  @OperationsPerInvocation(WORDS)
  public void undonePagedScattered(ScatteredChanges changes) {
    changes.store.undo(changes.mark);
  }

  /** A mark that is undone at once: what the explorer pays for a step that changes nothing. */
  @Benchmark
  public void markAndUndo() {
    store.undo(store.mark());
  }

  private void writeCell() {
    long from = next();
    for (int i = 0; i < WORDS; i++) {
      cell.set(from + i);
    }
  }

  private void writeWords() {
    long from = next();
    for (int i = 0; i < WORDS; i++) {
      words.set(i, from + i);
    }
  }

  private void writeSequential() {
    long from = next();
    for (int i = 0; i < WORDS; i++) {
      sequential.set(i, from + i);
    }
  }

  private void writeScattered() {
    long from = next();
    for (int i = 0; i < WORDS; i++) {
      scattered.set((long) i * PAGE_STRIDE, from + i);
    }
  }

  private long next() {
    value += 2 * WORDS;
    return value;
  }

  /** Changes to undo. One undo is tens of microseconds, far above what timing each call costs. */
  @State(Scope.Thread)
  public static class CellChanges {
    private Store store;
    private long mark;

    @Setup(Level.Invocation)
    public void change(StoreBenchmark benchmark) {
      store = benchmark.store;
      mark = store.mark();
      benchmark.writeCell();
    }
  }

  /** Changes to undo. One undo is tens of microseconds, far above what timing each call costs. */
  @State(Scope.Thread)
  public static class WordsChanges {
    private Store store;
    private long mark;

    @Setup(Level.Invocation)
    public void change(StoreBenchmark benchmark) {
      store = benchmark.store;
      mark = store.mark();
      benchmark.writeWords();
    }
  }

  /** Changes to undo. One undo is tens of microseconds, far above what timing each call costs. */
  @State(Scope.Thread)
  public static class ScatteredChanges {
    private Store store;
    private long mark;

    @Setup(Level.Invocation)
    public void change(StoreBenchmark benchmark) {
      store = benchmark.store;
      mark = store.mark();
      benchmark.writeScattered();
    }
  }
}
