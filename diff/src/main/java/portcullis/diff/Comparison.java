package portcullis.diff;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
   */
  record Verdict(int step, List<Difference> mismatches, Map<Deviation, Integer> used, End end) {
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
    /** More outcomes are allowed than were worked out: changes of stage 2 that may be unseen. */
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

  Comparison(ModelSide side) {
    this.side = side;
  }

  /** Compares; may run the case on the model once more. */
  Verdict compare(Case of, List<ModelStep> model, List<QemuStep> qemu, QemuSide qemuSide) {
    used.clear();
    int step = 0;
    for (; step < model.size(); step++) {
      ModelStep here = model.get(step);
      QemuStep there = qemu.get(step);
      if (Differences.of(here, here.outcomeOrNull(), there).isEmpty()) {
        continue;
      }
      if (!Objects.equals(there.outcome(), here.outcomeOrNull())
          && here.allowed().contains(there.outcome())) {
        return verdict(step, List.of(), End.OTHER_OUTCOME);
      }
      Explanation explanation = explain(of, step, there);
      if (!explanation.unexplained.isEmpty()) {
        return here.open()
            ? verdict(step, List.of(), End.UNDECIDED)
            : verdict(step, explanation.unexplained, End.MISMATCH);
      }
      if (explanation.ends) {
        return verdict(step, List.of(), explanation.other ? End.OTHER_OUTCOME : End.DEVIATION);
      }
    }
    List<Difference> last = atEnd(qemuSide);
    if (last.isEmpty()) {
      return verdict(step, List.of(), End.COMPLETE);
    }
    List<Difference> unexplained = new ArrayList<>();
    for (Difference difference : last) {
      Situation situation =
          new Situation(side, model.getLast(), qemu.getLast(), null, FreshModel.Overlay.NONE);
      if (!explained(difference, situation, new Explanation())) {
        unexplained.add(difference);
      }
    }
    return verdict(step - 1, unexplained, unexplained.isEmpty() ? End.DEVIATION : End.MISMATCH);
  }

  private Verdict verdict(int step, List<Difference> mismatches, End end) {
    if (side.lethal()) {
      used.put(Deviation.ENDS_QEMU, 1);
    }
    return new Verdict(step, mismatches, new EnumMap<>(used), end);
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
    private boolean other;
  }

  /** Runs the model up to the step again, and looks for deviations that explain what differs. */
  private Explanation explain(Case of, int step, QemuStep there) {
    Explanation[] best = new Explanation[1];
    side.run(
        of,
        (index, result, _) -> {
          if (index == step) {
            best[0] = explain(result, there);
          }
        });
    if (best[0].unexplained.isEmpty()) {
      for (Deviation row : best[0].rows) {
        used.merge(row, 1, Integer::sum);
      }
    }
    return best[0];
  }

  private Explanation explain(ModelStep here, QemuStep there) {
    List<Outcome> candidates = new ArrayList<>(here.allowed());
    if (candidates.isEmpty()) {
      candidates.add(null);
    }
    Explanation first = null;
    for (Outcome candidate : candidates) {
      for (FreshModel.Overlay seen : here.overlays(candidate)) {
        Explanation explanation =
            explain(here, there, candidate, new Situation(side, here, there, candidate, seen));
        if (explanation.unexplained.isEmpty()) {
          return explanation;
        }
        first = first == null ? explanation : first;
      }
    }
    return first;
  }

  private static Explanation explain(
      ModelStep here, QemuStep there, Outcome candidate, Situation situation) {
    Explanation explanation = new Explanation();
    List<Difference> unexplained = new ArrayList<>();
    for (Difference difference : Differences.of(here, candidate, there)) {
      boolean follows = explanation.ends && follows(difference);
      if (!follows && !explained(difference, situation, explanation)) {
        unexplained.add(difference);
      }
    }
    explanation.unexplained = unexplained;
    if (!Objects.equals(candidate, here.outcomeOrNull())) {
      explanation.other = true;
      explanation.ends = true;
    }
    return explanation;
  }

  /** Whether it comes of what became of a DMA, which is compared first: an event more or less. */
  private static boolean follows(Difference difference) {
    return difference.is(Register.EVENTQ_PROD)
        || (difference.is(Register.GERROR)
            && (difference.model() ^ difference.qemu()) == Gerror.EVENTQ_ABT_ERR.mask());
  }

  private static boolean explained(
      Difference difference, Situation situation, Explanation explanation) {
    for (Deviation row : Deviation.values()) {
      if (row.explains(difference, situation)) {
        explanation.rows.add(row);
        explanation.ends |= row.effect() == Deviation.Effect.ENDS;
        return true;
      }
    }
    return false;
  }
}
