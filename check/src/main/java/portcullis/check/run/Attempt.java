package portcullis.check.run;

/**
 * One thing that was tried.
 *
 * @param what who tried what
 * @param outcome what happened
 * @param expected what must happen: ALLOWED or REFUSED
 * @param by what stopped it, or why it was skipped or got through; empty if it was plainly allowed
 */
public record Attempt(String what, Outcome outcome, Outcome expected, String by) {

  /** Whether an attempt got through. */
  public enum Outcome {
    ALLOWED,
    REFUSED,
    /** It was not made: the machine lacks what it takes. */
    SKIPPED,
    /** It got through by a {@link Deviation} of the hardware's. */
    DEVIATED
  }

  /** Whether it came out as it must, as far as EL2 can see to that. */
  public boolean asExpected() {
    return switch (outcome) {
      case ALLOWED, REFUSED -> outcome == expected;
      case SKIPPED, DEVIATED -> true;
    };
  }
}
