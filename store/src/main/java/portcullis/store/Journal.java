package portcullis.store;

import java.util.Arrays;

/**
 * The undo journal: for each change since the outermost open mark, the word's location and the
 * value that it had.
 *
 * <p>Each open mark remembers how long the journal was and what the fingerprint of cells was, so
 * undo copies values back and computes nothing. A mark is a {@code long}: its depth in the low
 * {@value #DEPTH_BITS} bits, which finds it among the open ones, and above it a serial number that
 * is never given twice, which tells it from another mark of that depth.
 */
final class Journal {
  private static final int DEPTH_BITS = 24;
  private static final int MAX_DEPTH = 1 << DEPTH_BITS;

  private final Blocks blocks;

  // Pairs of location and value before.
  private long[] entries = new long[1024];
  private int size;

  // One element of each for each open mark, outermost first.
  private long[] marks = new long[16];
  private int[] sizes = new int[16];
  private long[] fingerprints = new long[16];
  private int depth;

  private long serial;

  Journal(Blocks blocks) {
    this.blocks = blocks;
  }

  /** Number of open marks. */
  int depth() {
    return depth;
  }

  /** Notes a change, if a mark is open. */
  void record(long location, long before) {
    if (depth != 0) {
      append(location, before);
    }
  }

  private void append(long location, long before) {
    if (size == entries.length) {
      growEntries();
    }
    entries[size] = location;
    entries[size + 1] = before;
    size += 2;
  }

  private void growEntries() {
    if (size > Integer.MAX_VALUE / 2) {
      throw new IllegalStateException(
          "the journal is full: " + size / 2 + " changes since the outermost open mark");
    }
    entries = Arrays.copyOf(entries, size * 2);
  }

  long mark(long fingerprint) {
    if (depth == marks.length) {
      growMarks();
    }
    long mark = ++serial << DEPTH_BITS | depth;
    marks[depth] = mark;
    sizes[depth] = size;
    fingerprints[depth] = fingerprint;
    depth++;
    return mark;
  }

  private void growMarks() {
    if (depth == MAX_DEPTH) {
      throw new IllegalStateException("more than " + MAX_DEPTH + " marks are open");
    }
    marks = Arrays.copyOf(marks, depth * 2);
    sizes = Arrays.copyOf(sizes, depth * 2);
    fingerprints = Arrays.copyOf(fingerprints, depth * 2);
  }

  /**
   * Puts back every value since {@code mark} and closes it.
   *
   * @return the fingerprint at the mark
   */
  long undo(long mark) {
    int level = level(mark, "undo to");
    int start = sizes[level];
    while (size > start) {
      size -= 2;
      blocks.restore(entries[size], entries[size + 1]);
    }
    depth = level;
    return fingerprints[level];
  }

  void release(long mark) {
    depth = level(mark, "release");
    if (depth == 0) {
      size = 0;
    }
  }

  /** Index of the first entry since {@code mark}; entries are two apart. */
  int start(long mark) {
    return sizes[level(mark, "compare with")];
  }

  /** Index behind the last entry. */
  int end() {
    return size;
  }

  /** The location that the entry at {@code index} changed. */
  long location(int index) {
    return entries[index];
  }

  /** The value before the change of the entry at {@code index}. */
  long before(int index) {
    return entries[index + 1];
  }

  private int level(long mark, String action) {
    int level = (int) mark & (MAX_DEPTH - 1);
    if (level >= depth || marks[level] != mark) {
      throw new IllegalStateException(
          "cannot " + action + " mark 0x" + Long.toHexString(mark) + ": " + whyNotOpen(mark));
    }
    return level;
  }

  private String whyNotOpen(long mark) {
    long given = mark >>> DEPTH_BITS;
    return given == 0 || given > serial
        ? "this store never gave it"
        : "it is closed, as it or a mark around it was undone or released (" + depth + " open)";
  }
}
