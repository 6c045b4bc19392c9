package portcullis.diff;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import portcullis.qemu.Qemu;

/** Compares the model with a QEMU: random cases, or one from a file. */
public final class QemuDiff {
  /** Cases are shared out by their Stream table's format, which QEMU cannot change back. */
  private static final int WORKERS = 2;

  private QemuDiff() {}

  /**
   * What to compare.
   *
   * @param seed where cases come from
   * @param from index of the first case, from 0
   * @param cases how many cases, from 1
   * @param time stops before all cases are done, at the latest after this
   */
  public record Options(long seed, long from, long cases, Duration time) {
    /** The first cases of a seed. */
    public Options(long seed, long cases, Duration time) {
      this(seed, 0, cases, time);
    }
  }

  /**
   * Runs cases until all are done, time is over, or something was found.
   *
   * @param progress takes the number of cases done now and then, from any thread
   * @throws portcullis.qemu.QemuException if QEMU does not start or does not answer
   */
  public static DiffReport run(Qemu qemu, Options options, LongConsumer progress) {
    long start = System.nanoTime();
    AtomicLong done = new AtomicLong();
    AtomicLong firstFinding = new AtomicLong(Long.MAX_VALUE);
    List<Worker> workers = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < WORKERS; i++) {
      Worker worker =
          new Worker(
              qemu,
              new Generator(options.seed()),
              options.from() + Math.floorMod(i - options.from(), WORKERS),
              WORKERS,
              options.from() + options.cases(),
              start + options.time().toNanos(),
              firstFinding,
              () -> progress.accept(done.incrementAndGet()));
      workers.add(worker);
      threads.add(Thread.ofPlatform().name("diff-" + i).start(worker));
    }
    for (Thread thread : threads) {
      join(thread);
    }
    return report(options.seed(), workers, System.nanoTime() - start);
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Runs one case from the lines of a file; it is not made smaller.
   *
   * @throws CaseException if the lines are no case
   */
  public static DiffReport replay(Qemu qemu, List<String> file) throws CaseException {
    Case of = CaseText.read(file);
    long start = System.nanoTime();
    Worker worker = Worker.single(qemu, of);
    worker.run();
    return report(0, List.of(worker), System.nanoTime() - start);
  }

  private static DiffReport report(long seed, List<Worker> workers, long nanos) {
    for (Worker worker : workers) {
      worker.rethrow();
    }
    Coverage coverage = new Coverage();
    Map<Deviation, Long> used = new EnumMap<>(Deviation.class);
    List<Worker.Found> found = new ArrayList<>();
    long cases = 0;
    long steps = 0;
    for (Worker worker : workers) {
      coverage.add(worker.coverage());
      worker.used().forEach((row, count) -> used.merge(row, count, Long::sum));
      found.addAll(worker.found());
      cases += worker.cases();
      steps += worker.steps();
    }
    found.sort(Comparator.comparingLong(Worker.Found::index));
    List<DiffReport.Used> rows = new ArrayList<>();
    for (Deviation row : Deviation.values()) {
      rows.add(
          new DiffReport.Used(row.name(), row.section(), row.text(), used.getOrDefault(row, 0L)));
    }
    Map<String, Map<String, Long>> parts = new LinkedHashMap<>();
    for (Coverage.Part part : Coverage.Part.values()) {
      parts.put(part.title(), coverage.of(part));
    }
    // The first one only: a later one of the other worker may or may not have been reached.
    List<DiffReport.Finding> findings =
        found.isEmpty() ? List.of() : List.of(found.getFirst().finding());
    List<String> story = workers.size() == 1 ? workers.getFirst().story() : List.of();
    return new DiffReport(seed, cases, steps, nanos, findings, rows, parts, story);
  }
}
