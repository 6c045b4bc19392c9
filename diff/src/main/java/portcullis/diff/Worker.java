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
  private final long end;
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
  private List<String> story = List.of();
  private long done;
  private long steps;
  private RuntimeException failure;

  Worker(
      Qemu program,
      Generator generator,
      long first,
      long stride,
      long end,
      long deadline,
      AtomicLong firstFinding,
      Runnable progress) {
    this.program = program;
    this.generator = generator;
    this.first = first;
    this.stride = stride;
    this.end = end;
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
      for (long index = first; index < end && index < firstFinding.get(); index += stride) {
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
    Ran ran = ran(of, (_, step, _) -> configuration(of, step));
    if (ran.aborted == null) {
      steps += ran.done.model().size();
      coverage.compared(ran.done);
      for (Deviation row : ran.verdict().used().keySet()) {
        used.merge(row, 1L, Long::sum);
      }
      story = only == null ? List.of() : story(of, ran);
    }
    if (ran.aborted != null || ran.verdict().mismatch()) {
      note(index, of, ran);
    }
  }

  private void note(long index, Case of, Ran ran) {
    firstFinding.accumulateAndGet(index, Math::min);
    Case small = only != null ? of : shrink(of, ran);
    Ran last = ran(small);
    String summary =
        ran.aborted != null
            ? ran.aborted
            : last.aborted != null ? "does not show again" : summary(last);
    found.add(
        new Found(
            index,
            new Finding(
                ran.aborted != null,
                of.name(),
                summary,
                story(small, last),
                CaseText.write(small))));
  }

  private List<String> story(Case of, Ran ran) {
    return ran.aborted == null
        ? Story.tell(of, ran.done.model(), ran.done.qemu(), ran.verdict())
        : Story.tell(of, model.run(of, ModelSide.Watcher.NONE), List.of(), null);
  }

  private static String summary(Ran ran) {
    List<String> names = new ArrayList<>();
    for (Difference difference : ran.verdict().mismatches()) {
      names.add(difference.name());
    }
    return "step %d: %s".formatted(ran.verdict().step(), String.join(", ", names));
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
    return one.verdict().mismatch() && names(one).equals(names(other));
  }

  private static List<String> names(Ran ran) {
    return ran.verdict().mismatches().stream().map(Difference::name).toList();
  }

  /** One run of a case on both sides; {@code done} is null if QEMU ended. */
  private record Ran(Trial.Ran done, String aborted) {
    Comparison.Verdict verdict() {
      return done.verdict();
    }
  }

  private Ran ran(Case of, ModelSide.Watcher watcher) {
    try {
      return new Ran(trial.run(of, qemu, watcher), null);
    } catch (QemuDiedException e) {
      qemu.close();
      qemu = QemuSide.start(program);
      return new Ran(null, e.getMessage());
    }
  }

  private Ran ran(Case of) {
    return ran(of, ModelSide.Watcher.NONE);
  }

  /** Counts how each DMA is set up. */
  private void configuration(Case of, ModelStep step) {
    if (step.step() instanceof Step.Dma dma) {
      model.fresh().evaluate(dma, FreshModel.Overlay.NONE);
      coverage.configuration(of, model.fresh().fetched(), (dma.iova() >>> 55 & 1) != 0);
    }
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

  /** The story of the only case, if it was one. */
  List<String> story() {
    return story;
  }

  /** Throws what ended the thread, if something did. */
  void rethrow() {
    if (failure != null) {
      throw failure;
    }
  }
}
