package portcullis.store;

import java.util.ArrayList;
import java.util.List;

/** Lists differences up to a limit and counts the others. */
final class DiffBuilder {
  private final int limit;
  private final List<Difference> differences = new ArrayList<>();
  private long more;

  DiffBuilder(int limit) {
    if (limit < 0) {
      throw new IllegalArgumentException("a limit is not negative: " + limit);
    }
    this.limit = limit;
  }

  /** Takes one word in both states; equal ones are no difference. */
  void compare(Variable variable, long index, long before, long after) {
    if (before == after) {
      return;
    }
    if (differences.size() < limit) {
      differences.add(new Difference(variable.name, variable.kind(), index, before, after));
    } else {
      more++;
    }
  }

  Diff build() {
    return new Diff(differences, more);
  }
}
