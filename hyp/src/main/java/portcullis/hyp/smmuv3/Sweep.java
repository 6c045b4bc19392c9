package portcullis.hyp.smmuv3;

import portcullis.store.Cell;
import portcullis.store.Store;

/**
 * How far a pass over a range of StreamIDs has come that is too long for one trap: the next call
 * for the same range carries on where the last one stopped.
 */
final class Sweep {
  private final Cell first;
  private final Cell end;
  private final Cell next;

  /** None under way. */
  Sweep(Store store, String name) {
    first = store.cell(name + ".first");
    end = store.cell(name + ".end");
    next = store.cell(name + ".next");
  }

  /** Where to carry on with {@code [from, to)}: at {@code from}, unless that was under way. */
  long resume(long from, long to) {
    return first.get() == from && end.get() == to ? next.get() : from;
  }

  /** The pass over {@code [from, to)} stops before StreamID {@code at}. */
  void pause(long from, long to, long at) {
    first.set(from);
    end.set(to);
    next.set(at);
  }

  /** Whether a pass stopped half way. */
  boolean isUnderWay() {
    return end.get() != 0;
  }

  /** No pass is under way. */
  void end() {
    pause(0, 0, 0);
  }
}
