package portcullis.check.run;

/**
 * One thing that was tried.
 *
 * @param what who tried what
 * @param outcome what happened
 * @param expected what must happen
 * @param by what stopped it; empty if nothing did
 */
public record Attempt(String what, Outcome outcome, Outcome expected, String by) {

  /** Whether an attempt got through. */
  public enum Outcome {
    ALLOWED,
    REFUSED
  }

  /** Whether it came out as it must. */
  public boolean asExpected() {
    return outcome == expected;
  }
}
