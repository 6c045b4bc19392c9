package portcullis.diff;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import portcullis.diff.DiffReport.Finding;
import portcullis.qemu.Qemu;
import portcullis.qemu.QemuDiedException;

/** One thread of a comparison, with a model and a QEMU of its own. */
final class Worker implements Runnable {
  private static final long SHRINK_SECONDS = 20;

  /** A QEMU that ends is slow to shrink with: each attempt may need a new one. */
  private static final int ABORT_ATTEMPTS = 100;

  /** A finding and the index of its case. */
  record Found(long index, Finding finding) {}

  private final Qemu program;
  private final Generator generator;
  private final long first;
  private final long stride;
  private final long cases;
  private final long deadline;
  private final AtomicLong firstFinding;
  private final Runnable progress;
  private final ModelSide model = new ModelSide(new Wiring());
  private final Trial trial = new Trial(model);
  private final Coverage coverage = new Coverage();
  private final Map<Deviation, Long> used = new EnumMap<>(Deviation.class);
  private final List<Found> found = new ArrayList<>();
  private Case only;
  private QemuSide qemu;
  private long done;
  private long steps;
  private RuntimeException failure;

  Worker(
      Qemu program,
      Generator generator,
      long first,
      long stride,
      long cases,
      long deadline,
      AtomicLong firstFinding,
      Runnable progress) {
    this.program = program;
    this.generator = generator;
    this.first = first;
    this.stride = stride;
    this.cases = cases;
    this.deadline = deadline;
    this.firstFinding = firstFinding;
    this.progress = progress;
  }

  /** A worker for one given case. */
  static Worker single(Qemu program, Case of) {
    Worker worker =
        new Worker(
            program,
            new Generator(0),
            0,
            1,
            1,
            Long.MAX_VALUE,
            new AtomicLong(Long.MAX_VALUE),
            () -> {});
    worker.only = of;
    return worker;
  }

  @Override
  public void run() {
    try {
      qemu = QemuSide.start(program);
      for (long index = first; index < cases && index < firstFinding.get(); index += stride) {
        if (only == null && System.nanoTime() - deadline > 0) {
          return;
        }
        one(index, only == null ? generator.next(index) : only);
        done++;
        progress.run();
      }
    } catch (RuntimeException e) {
      failure = e;
      firstFinding.set(-1);
    } finally {
      if (qemu != null) {
        qemu.close();
      }
    }
  }

  private void one(long index, Case of) {
    Ran ran = ran(of);
    steps += ran.model.size();
    if (ran.aborted != null) {
      note(index, new Finding(true, of.name(), ran.aborted, List.of(), List.of()), of, ran);
      return;
    }
    coverage(ran);
    for (Deviation row : ran.verdict.used().keySet()) {
      used.merge(row, 1L, Long::sum);
    }
    if (ran.verdict.mismatch()) {
      note(index, null, of, ran);
    }
  }

  private void note(long index, Finding aborted, Case of, Ran ran) {
    firstFinding.accumulateAndGet(index, Math::min);
    Case small = only != null ? of : shrink(of, ran);
    Ran last = ran(small);
    String summary =
        aborted != null
            ? aborted.summary()
            : last.verdict == null ? "does not show again" : summary(last);
    found.add(
        new Found(
            index,
            new Finding(
                aborted != null,
                of.name(),
                summary,
                Story.tell(small, last.model, last.qemu, last.verdict),
                CaseText.write(small))));
  }

  private static String summary(Ran ran) {
    List<String> names = new ArrayList<>();
    for (Difference difference : ran.verdict.mismatches()) {
      names.add(difference.name());
    }
    return "step %d: %s".formatted(ran.verdict.step(), String.join(", ", names));
  }

  private Case shrink(Case of, Ran ran) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SHRINK_SECONDS);
    int[] attempts = {ran.aborted == null ? Integer.MAX_VALUE : ABORT_ATTEMPTS};
    return new Shrinker(
            smaller -> same(ran(smaller), ran),
            () -> System.nanoTime() - end > 0 || --attempts[0] < 0)
        .shrink(of);
  }

  private static boolean same(Ran one, Ran other) {
    if (one.aborted != null || other.aborted != null) {
      return one.aborted != null && other.aborted != null;
    }
    return one.verdict.mismatch() && names(one).equals(names(other));
  }

  private static List<String> names(Ran ran) {
    return ran.verdict.mismatches().stream().map(Difference::name).toList();
  }

  /** One run of a case on both sides. */
  private static final class Ran {
    private List<ModelStep> model = List.of();
    private List<QemuStep> qemu = List.of();
    private Comparison.Verdict verdict;
    private String aborted;
  }

  private Ran ran(Case of) {
    Ran ran = new Ran();
    try {
      Trial.Ran done = trial.run(of, qemu);
      ran.model = done.model();
      ran.qemu = done.qemu();
      ran.verdict = done.verdict();
    } catch (QemuDiedException e) {
      ran.aborted = e.getMessage();
      qemu.close();
      qemu = QemuSide.start(program);
    }
    return ran;
  }

  private void coverage(Ran ran) {
    coverage.add(Coverage.Item.Kind.END, ran.verdict.end().label());
  }

  long cases() {
    return done;
  }

  long steps() {
    return steps;
  }

  Coverage coverage() {
    return coverage;
  }

  Map<Deviation, Long> used() {
    return used;
  }

  List<Found> found() {
    return found;
  }

  /** Throws what ended the thread, if something did. */
  void rethrow() {
    if (failure != null) {
      throw failure;
    }
  }
}
