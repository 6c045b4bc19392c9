package portcullis.pgtable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a table should say: a sorted list of ranges, each with one state. */
final class RangeModel {

  /** State of a range: nothing, an annotation, or a mapping whose output is input + delta. */
  record State(long annotation, boolean mapped, long delta, long attributes) {
    static final State NOTHING = new State(0, false, 0, 0);

    static State annotated(long annotation) {
      return new State(annotation, false, 0, 0);
    }

    static State to(long delta, long attributes) {
      return new State(0, true, delta, attributes);
    }
  }

  record Range(long start, long end, State state) {}

  private final TreeMap<Long, State> starts = new TreeMap<>();
  private final long size;

  RangeModel(long size) {
    this.size = size;
    starts.put(0L, State.NOTHING);
  }

  State at(long va) {
    return starts.floorEntry(va).getValue();
  }

  List<Range> ranges(long from, long to) {
    List<Range> ranges = new ArrayList<>();
    for (long at = from; at < to; ) {
      Map.Entry<Long, State> after = starts.higherEntry(at);
      long end = Math.min(to, after == null ? size : after.getKey());
      ranges.add(new Range(at, end, at(at)));
      at = end;
    }
    return ranges;
  }

  void put(long from, long to, State state) {
    State tail = to < size ? at(to) : null;
    starts.subMap(from, to).clear();
    starts.put(from, state);
    if (tail != null) {
      starts.put(to, tail);
    }
  }

  boolean canMap(long from, long to, State wanted) {
    return ranges(from, to).stream()
        .allMatch(range -> range.state.equals(State.NOTHING) || range.state.equals(wanted));
  }

  void protect(long from, long to, long mask, long permissions) {
    for (Range range : ranges(from, to)) {
      if (range.state.mapped) {
        long attributes = (range.state.attributes & ~mask) | permissions;
        put(range.start, range.end, State.to(range.state.delta, attributes));
      }
    }
  }

  /** All that is not empty, neighbours of the same state joined. */
  List<Range> joined() {
    List<Range> joined = new ArrayList<>();
    for (Range range : ranges(0, size)) {
      append(joined, range);
    }
    return joined;
  }

  static void append(List<Range> joined, Range range) {
    if (range.state.equals(State.NOTHING)) {
      return;
    }
    int last = joined.size() - 1;
    if (last >= 0
        && joined.get(last).end == range.start
        && joined.get(last).state.equals(range.state)) {
      joined.set(last, new Range(joined.get(last).start, range.end, range.state));
    } else {
      joined.add(range);
    }
  }
}
