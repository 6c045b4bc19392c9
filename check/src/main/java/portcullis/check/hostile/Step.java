package portcullis.check.hostile;

import java.util.SplittableRandom;
import portcullis.arch.smmu.Gerror;

/** One action while it goes on: what it is, what it has shown, and the choices it takes. */
final class Step {
  private final SplittableRandom random;
  private final Tally<Reached> reached;
  private Words words = new Words("");
  private Outcome outcome = Outcome.ACCEPTED;
  private String finding;
  private boolean changed;

  Step(SplittableRandom random, Tally<Reached> reached) {
    this.random = random;
    this.reached = reached;
  }

  /** The next action begins. */
  void begin(String what) {
    words = new Words(what);
    outcome = Outcome.ACCEPTED;
    finding = null;
    changed = false;
  }

  /** The action in words; nobody reads most, so they become text when they are asked for. */
  Words words() {
    return words;
  }

  /** What came of the action, as far as the host can see. */
  Outcome outcome() {
    return outcome;
  }

  /** What the action itself has shown to be wrong; null if nothing. */
  String finding() {
    return finding;
  }

  /** Whether it may have changed an owner, or what an SMMU has enabled. */
  boolean hasChanged() {
    return changed;
  }

  /**
   * Adds to {@link #words}.
   *
   * @param format as of {@link String#format}
   */
  void say(String format, Object... arguments) {
    words.add(format, arguments);
  }

  /** Notes that something is wrong, if {@code newFinding} is not null; the first counts. */
  void found(String newFinding) {
    if (finding == null) {
      finding = newFinding;
    }
  }

  /** Notes that an owner or an enable may have changed. */
  void changed() {
    changed = true;
  }

  void reached(Reached what) {
    reached.count(what);
    if (what.outcome().compareTo(outcome) > 0) {
      outcome = what.outcome();
    }
  }

  /** True once in {@code n} times. */
  boolean oneIn(int n) {
    return random.nextInt(n) == 0;
  }

  /** Notes the errors that the host now sees. */
  void lookAtErrors(Site site) {
    long active = site.activeErrors();
    if (Gerror.CMDQ_ERR.isSet(active)) {
      reached(Reached.COMMAND_ERROR);
    }
    if (Gerror.EVENTQ_ABT_ERR.isSet(active)) {
      reached(Reached.EVENTQ_ERROR);
    }
  }
}
