package portcullis.machine.smmuv3;

import java.util.Arrays;

/**
 * A run that must decide between alternatives, repeated until every combination of decisions has
 * been made: depth first, the first alternative of each decision first.
 *
 * <p>Scratch: it means nothing before {@link #start}.
 */
final class Choices {
  private int[] taken = new int[64];
  private int[] alternatives = new int[64];
  private int known;
  private int position;

  /** Begins the first run. */
  void start() {
    known = 0;
    position = 0;
  }

  /**
   * A decision of this run.
   *
   * @param count how many alternatives there are, at least 1: the same whenever the decisions
   *     before were the same
   * @return 0 to {@code count} - 1
   */
  int next(int count) {
    if (position == known) {
      if (known == taken.length) {
        taken = Arrays.copyOf(taken, known * 2);
        alternatives = Arrays.copyOf(alternatives, known * 2);
      }
      taken[known] = 0;
      alternatives[known] = count;
      known++;
    }
    assert alternatives[position] == count : "a run differs from the one before it";
    return taken[position++];
  }

  /** Whether no earlier run has come to the next decision with the decisions before it. */
  boolean isNew() {
    return position == known;
  }

  /** Begins the next run; false if there is none. */
  boolean again() {
    known = position;
    while (known != 0 && taken[known - 1] + 1 == alternatives[known - 1]) {
      known--;
    }
    position = 0;
    if (known == 0) {
      return false;
    }
    taken[known - 1]++;
    return true;
  }
}
