package portcullis.store;

import java.util.List;

/**
 * What differs between two states.
 *
 * @param differences the first ones, in the order of declarations and within one by index, as many
 *     as were asked for
 * @param more how many further words differ
 */
public record Diff(List<Difference> differences, long more) {

  public Diff {
    differences = List.copyOf(differences);
  }

  /** Whether nothing differs. */
  public boolean isEmpty() {
    return total() == 0;
  }

  /** How many words differ. */
  public long total() {
    return differences.size() + more;
  }

  /** One line for each listed difference, and if there are more, one that says how many. */
  @Override
  public String toString() {
    StringBuilder lines = new StringBuilder();
    for (Difference difference : differences) {
      lines.append(difference).append('\n');
    }
    if (more != 0) {
      lines.append("and ").append(more).append(" more\n");
    }
    return lines.toString();
  }
}
