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

  /**
   * Compares; may run the case on the model once more.
   *
   * @param followed in what the model followed QEMU; takes what more it could
   */
  Verdict compare(
      Case of, List<ModelStep> model, List<QemuStep> qemu, QemuSide qemuSide, Followed followed) {
    used.clear();
    used.putAll(followed.why());
    int step = 0;
    for (; step < model.size(); step++) {
      ModelStep here = model.get(step);
      QemuStep there = qemu.get(step);
      if (!here.lawful()) {
        return verdict(
            step, List.of(Difference.of(Difference.What.STALE, 1, 0)), End.MISMATCH, false);
      }
      if (Differences.of(here, here.outcomeOrNull(), there).isEmpty()) {
        continue;
      }
      if (followed.outcome(step) != null) {
        return verdict(step, List.of(), End.DEVIATION, false);
      }
      if (!Objects.equals(there.outcome(), here.outcomeOrNull())
          && here.allowed().contains(there.outcome())) {
        return verdict(step, List.of(), End.OTHER_OUTCOME, false);
      }
      Explanation explanation = explain(of, step, there, followed);
      if (!explanation.unexplained.isEmpty()) {
        return here.open()
            ? verdict(step, List.of(), End.UNDECIDED, false)
            : verdict(step, explanation.unexplained, End.MISMATCH, false);
      }
      if (explanation.other) {
        return verdict(step, List.of(), End.OTHER_OUTCOME, false);
      }
      if (explanation.ends || explanation.followed) {
        boolean follow = !explanation.ends && follow(explanation, step, there, followed);
        return verdict(step, List.of(), End.DEVIATION, follow);
      }
    }
    List<Difference> last = atEnd(qemuSide);
    if (last.isEmpty()) {
      return verdict(step, List.of(), End.COMPLETE, false);
    }
    List<Difference> unexplained = new ArrayList<>();
    for (Difference difference : last) {
      Situation situation =
          new Situation(side, model.getLast(), qemu.getLast(), null, FreshModel.Overlay.NONE);
      if (!explained(difference, situation, new Explanation())) {
        unexplained.add(difference);
      }
    }
    return verdict(
        step - 1, unexplained, unexplained.isEmpty() ? End.COMPLETE : End.MISMATCH, false);
  }

  /** Notes in what the model has to follow QEMU; false if it cannot. */
  private static boolean follow(
      Explanation explanation, int step, QemuStep there, Followed followed) {
    boolean more =
        there.outcome() != null
            ? followed.outcome(step, there.outcome())
            : explanation.failedCommand >= 0 && followed.command(explanation.failedCommand);
    if (more) {
      explanation.rows.forEach(followed::because);
    }
    return more;
  }

  private Verdict verdict(int step, List<Difference> mismatches, End end, boolean follow) {
    if (side.lethal()) {
      used.put(Deviation.ENDS_QEMU, 1);
    }
    return new Verdict(step, mismatches, new EnumMap<>(used), end, follow);
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
    private int failedCommand = -1;
    private boolean ends;
    private boolean followed;
    private boolean other;
  }

  /** Runs the model up to the step again, and looks for deviations that explain what differs. */
  private Explanation explain(Case of, int step, QemuStep there, Followed followed) {
    Explanation[] best = new Explanation[1];
    side.run(
        of,
        (index, result, _) -> {
          if (index == step) {
            best[0] = explain(result, there);
            best[0].failedCommand = side.failedCommand();
          }
        },
        followed);
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
        boolean passed = situation.qemu().outcome() != null && situation.qemu().outcome().passed();
        switch (row.effect()) {
          case GOES_ON -> {}
          case FOLLOWED -> explanation.followed = true;
          case FOLLOWED_IF_STOPPED -> {
            explanation.followed |= !passed;
            explanation.ends |= passed;
          }
          case ENDS -> explanation.ends = true;
        }
        return true;
      }
    }
    return false;
  }
}
