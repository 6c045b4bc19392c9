package portcullis.check.hostile;

import java.util.List;

/**
 * Isolation that broke, or EL2 that did.
 *
 * @param action number of the action, from 1; 0 if the system was broken before the first
 * @param what the action in words
 * @param finding what the oracle saw
 * @param trail the last actions, this one included, oldest first
 */
public record Violation(long action, String what, String finding, List<String> trail) {
  public Violation {
    trail = List.copyOf(trail);
  }
}
