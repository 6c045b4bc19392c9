package portcullis.diff;

import java.util.EnumMap;
import java.util.Map;
import portcullis.machine.smmuv3.InterruptLine;

/** How many times each interrupt of an SMMU rose in one step. */
final class Edges {
  private final Map<InterruptLine, Integer> counts = new EnumMap<>(InterruptLine.class);

  void rose(InterruptLine line) {
    counts.merge(line, 1, Integer::sum);
  }

  int of(InterruptLine line) {
    return counts.getOrDefault(line, 0);
  }

  void set(InterruptLine line, int count) {
    counts.put(line, count);
  }

  void clear() {
    counts.clear();
  }
}
