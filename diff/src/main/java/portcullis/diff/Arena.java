package portcullis.diff;

/** Gives out memory of one region of {@link Window}. */
final class Arena {
  private final long end;
  private long next;

  Arena(long from, long end) {
    next = from;
    this.end = end;
  }

  /** Memory of {@code bytes}, a power of two, aligned to its size. */
  long allocate(long bytes) {
    long at = next + bytes - 1 & -bytes;
    if (at + bytes > end) {
      throw new IllegalStateException("a case needs more than its region holds");
    }
    next = at + bytes;
    return at;
  }
}
