package portcullis.machine.smmuv3;

/**
 * The times, from {@code first} to {@code last}, at which something may have been read or held.
 * Empty where {@code last} is before {@code first}.
 *
 * <p>A plain holder; it decides nothing.
 */
final class Span {
  long first;
  long last;

  void set(long from, long to) {
    first = from;
    last = to;
  }

  void set(Span other) {
    set(other.first, other.last);
  }

  /** Only the times that {@code other} has as well. */
  void meet(Span other) {
    first = Math.max(first, other.first);
    last = Math.min(last, other.last);
  }

  boolean isEmpty() {
    return last < first;
  }

  boolean contains(long time) {
    return first <= time && time <= last;
  }
}
