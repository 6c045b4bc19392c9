package portcullis.diff;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Register;

/** Judges one case that both sides ran. */
final class Comparison {

  /**
   * How a case compared.
   *
   * @param step where it ended: that of the mismatch; else of the last step compared
   * @param mismatches differences that nothing explains; empty if there is none
   * @param used deviations that explained others, with how often
   * @param end why the rest was not compared
   * @param follow whether the rest can be compared if the model follows QEMU in what was added to
   *     {@link Followed}
   */
  record Verdict(
      int step,
      List<Difference> mismatches,
      Map<Deviation, Integer> used,
      End end,
      boolean follow) {
    boolean mismatch() {
      return !mismatches.isEmpty();
    }
  }

  /** Why the comparison of a case ended. */
  enum End {
    /** All of it was compared. */
    COMPLETE("complete"),
    /** A deviation may have left the two sides in different states. */
    DEVIATION("at a deviation"),
    /** QEMU took another outcome that the architecture allows. */
    OTHER_OUTCOME("at another allowed outcome"),
    /** More outcomes are allowed than could be worked out: {@link Sights} gave up. */
    UNDECIDED("at a change that may be unseen"),
    /** A mismatch. */
    MISMATCH("at a mismatch");

    private final String label;

    End(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  private final ModelSide side;
  private final Map<Deviation, Integer> used = new EnumMap<>(Deviation.class);

  /** Where data may have gone that nobody looked at. */
  private final Set<Long> unwatched = new LinkedHashSet<>();

  Comparison(ModelSide side) {
    this.side = side;
  }

  /**
   * Compares; may run the case on the model once more.
   *
   * @param followed in what the model followed QEMU; takes what more it could
   */
  Verdict compare(
      Case of, List<ModelStep> model, List<QemuStep> qemu, QemuSide qemuSide, Followed followed) {
    unwatched.clear();
    used.clear();
    used.putAll(followed.why());
    if (side.lethal()) {
      used.put(Deviation.ENDS_QEMU, 1);
    }
    List<Difference> last = atEnd(qemuSide);
    int differs = lastThatDiffers(model, qemu);
    if (differs >= 0) {
      Verdict verdict = again(of, differs, qemu, followed);
      if (verdict != null) {
        return verdict;
      }
    }
    if (last.isEmpty()) {
      return verdict(model.size(), List.of(), End.COMPLETE);
    }
    if (differs >= 0) {
      side.run(of, ModelSide.Watcher.NONE, followed);
    }
    List<Difference> unexplained = new ArrayList<>();
    for (Difference difference : last) {
      Situation situation =
          new Situation(
              side, model.getLast(), qemu.getLast(), null, FreshModel.Overlay.NONE, unwatched);
      if (!explained(difference, situation, new Explanation())) {
        unexplained.add(difference);
      }
    }
    return verdict(
        model.size() - 1, unexplained, unexplained.isEmpty() ? End.COMPLETE : End.MISMATCH);
  }

  /**
   * Where data of the last case may have gone that nobody looked at: the comparison is certain only
   * if somebody does.
   */
  Set<Long> unwatched() {
    return unwatched;
  }

  private static int lastThatDiffers(List<ModelStep> model, List<QemuStep> qemu) {
    for (int step = model.size() - 1; step >= 0; step--) {
      if (differs(model.get(step), qemu.get(step))) {
        return step;
      }
    }
    return -1;
  }

  private static boolean differs(ModelStep here, QemuStep there) {
    return !here.lawful() || !Differences.of(here, here.outcomeOrNull(), there).isEmpty();
  }

  /**
   * Runs the model again up to {@code last} and judges each step that differs, while memory still
   * is what it was for it.
   *
   * @return null if the rest can be compared
   */
  private Verdict again(Case of, int last, List<QemuStep> qemu, Followed followed) {
    Verdict[] verdict = new Verdict[1];
    side.run(
        of.with(of.memory(), of.steps().subList(0, last + 1)),
        (step, here, _) -> {
          if (verdict[0] == null && differs(here, qemu.get(step))) {
            boolean lost =
                Gerror.EVENTQ_ABT_ERR.isSet(
                    qemu.get(step).gerror() ^ (step == 0 ? 0 : qemu.get(step - 1).gerror()));
            verdict[0] = judge(step, here, qemu.get(step), lost, followed);
            // What was only supposed may have gone to QEMU's devices.
            side.memory().takeStrayed();
          }
        },
        followed);
    return verdict[0];
  }

  /**
   * Judges a step that differs; null if both sides are in the same state after it. {@code lost}
   * says that GERROR.EVENTQ_ABT_ERR came with it on QEMU.
   */
  private Verdict judge(int step, ModelStep here, QemuStep there, boolean lost, Followed followed) {
    if (!here.lawful()) {
      Difference stale = Difference.of(Difference.What.STALE, 1, 0);
      return verdict(step, List.of(stale), End.MISMATCH);
    }
    if (!Objects.equals(there.outcome(), here.outcomeOrNull())
        && here.allowed().contains(there.outcome())) {
      return verdict(step, List.of(), End.OTHER_OUTCOME);
    }
    Explanation explanation = explain(here, there);
    boolean undecided = false;
    if (!explanation.unexplained.isEmpty() && here.open()) {
      Sights sights = new Sights(side.changes());
      explanation = explainMixed(here, there, explanation, sights);
      undecided = sights.gaveUp();
    }
    if (!explanation.unexplained.isEmpty()) {
      return undecided
          ? verdict(step, List.of(), End.UNDECIDED)
          : verdict(step, explanation.unexplained, End.MISMATCH);
    }
    explanation.rows.forEach(row -> used.merge(row, 1, Integer::sum));
    if (explanation.other) {
      return verdict(step, List.of(), End.OTHER_OUTCOME);
    }
    if (!explanation.ends && !explanation.followed) {
      return null;
    }
    boolean follow = !explanation.ends && follow(explanation.rows, step, there, lost, followed);
    return new Verdict(step, List.of(), new EnumMap<>(used), End.DEVIATION, follow);
  }

  /** Notes in what the model has to follow QEMU; false if it cannot. */
  private boolean follow(
      List<Deviation> rows, int step, QemuStep there, boolean lost, Followed followed) {
    if (rows.contains(Deviation.OVERFLOW) && followed.overflow()) {
      // Of what else there is, the next run tells.
      followed.because(Deviation.OVERFLOW);
      return true;
    }
    boolean more =
        there.outcome() != null
            ? followed.dma(step, new Followed.Dma(there.outcome(), lost))
            : side.failedCommand() >= 0 && followed.command(side.failedCommand());
    if (more) {
      rows.forEach(followed::because);
    }
    return more;
  }

  private Verdict verdict(int step, List<Difference> mismatches, End end) {
    return new Verdict(step, mismatches, new EnumMap<>(used), end, false);
  }

  private List<Difference> atEnd(QemuSide qemuSide) {
    List<Difference> all = new ArrayList<>();
    for (Register register : QemuSide.COMPARED) {
      if (side.register(register) != qemuSide.register(register)) {
        all.add(Difference.of(register, side.register(register), qemuSide.register(register)));
      }
    }
    if (qemuSide.strayed() != 0) {
      all.add(Difference.of(Difference.What.MEMORY, 0, qemuSide.strayed()));
    }
    return all;
  }

  private static final class Explanation {
    private List<Difference> unexplained = List.of();
    private final List<Deviation> rows = new ArrayList<>();
    private boolean ends;
    private boolean followed;
    private boolean other;

    void add(Deviation row, Situation situation) {
      if (rows.contains(row)) {
        return;
      }
      rows.add(row);
      boolean passed = situation.qemu().outcome() != null && situation.qemu().outcome().passed();
      switch (row.effect()) {
        case GOES_ON -> {}
        case FOLLOWED -> followed = true;
        case FOLLOWED_IF_STOPPED -> {
          followed |= !passed;
          ends |= passed;
        }
        case ENDS -> ends = true;
      }
    }
  }

  /** Looks for deviations that explain what differs. */
  private Explanation explain(ModelStep here, QemuStep there) {
    List<Outcome> candidates = new ArrayList<>(here.allowed());
    if (candidates.isEmpty()) {
      candidates.add(null);
    }
    Explanation first = null;
    for (Outcome candidate : candidates) {
      for (FreshModel.Overlay seen : here.overlays(candidate)) {
        Explanation explanation =
            explain(
                here,
                there,
                candidate,
                new Situation(side, here, there, candidate, seen, unwatched));
        if (explanation.unexplained.isEmpty()) {
          return explanation;
        }
        first = first == null ? explanation : first;
      }
    }
    return first;
  }

  /**
   * Looks for deviations that explain what differs from an outcome in which each use of stage 2 may
   * see another value of what may be unseen; {@code without} is what came of it without.
   */
  private Explanation explainMixed(
      ModelStep here, QemuStep there, Explanation without, Sights sights) {
    Step.Dma dma = (Step.Dma) here.step();
    Set<Outcome> candidates = new LinkedHashSet<>();
    sights.any(
        sight -> {
          Outcome outcome =
              new QemuReading(
                      side.fresh(), side.memory(), dma, sight, QemuReading.Supposition.NOTHING)
                  .whole();
          candidates.add(here.recordable() ? outcome : outcome.unrecorded());
          if (outcome.passed() && !here.watches(outcome.pa())) {
            unwatched.add(outcome.pa());
          }
          return false;
        });
    FreshModel.Overlay seen = wherePossible(dma);
    for (Outcome candidate : candidates) {
      Explanation explanation =
          explain(
              here,
              there,
              candidate,
              new Situation(side, here, there, candidate, seen, unwatched, sights));
      if (explanation.unexplained.isEmpty()) {
        return explanation;
      }
    }
    return without;
  }

  /** Memory in a way in which it may be seen and the DMA comes to its CD, if there is one. */
  private FreshModel.Overlay wherePossible(Step.Dma dma) {
    for (FreshModel.Overlay each : side.changes().earlier(_ -> false)) {
      side.fresh().evaluate(dma, each);
      if (side.fresh().fetched().hasCd()) {
        return each;
      }
    }
    return FreshModel.Overlay.NONE;
  }

  private static Explanation explain(
      ModelStep here, QemuStep there, Outcome candidate, Situation situation) {
    Explanation explanation = new Explanation();
    List<Difference> unexplained = new ArrayList<>();
    for (Difference difference : Differences.of(here, candidate, there)) {
      boolean follows = (explanation.ends || explanation.followed) && follows(difference);
      if (!follows && !explained(difference, situation, explanation)) {
        unexplained.add(difference);
      }
    }
    explanation.unexplained = unexplained;
    if (!Objects.equals(candidate, here.outcomeOrNull())) {
      explanation.other = true;
    }
    return explanation;
  }

  /**
   * Whether it comes of what became of a DMA or a command, which is compared first: an event more
   * or less, an interrupt.
   */
  private static boolean follows(Difference difference) {
    return difference.is(Register.EVENTQ_PROD)
        || difference.what() == Difference.What.INTERRUPT
        || (difference.is(Register.GERROR)
            && (difference.model() ^ difference.qemu()) == Gerror.EVENTQ_ABT_ERR.mask());
  }

  private static boolean explained(
      Difference difference, Situation situation, Explanation explanation) {
    for (Deviation row : Deviation.values()) {
      if (row.explains(difference, situation)) {
        explanation.add(row, situation);
        if (QemuReading.Way.named(row.name()).filter(situation::qemuBy).isPresent()) {
          // It takes all of them to come to what QEMU came to.
          situation
              .ways()
              .forEach(way -> explanation.add(Deviation.valueOf(way.name()), situation));
        }
        return true;
      }
    }
    return false;
  }
}
