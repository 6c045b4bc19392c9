package portcullis.machine;

import portcullis.store.Cell;
import portcullis.store.PagedWords;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * What memory held before: for each 64-bit word the values that it had, and when each was replaced.
 * A cache that may have read a word long ago is asked through this for what it may hold.
 *
 * <p>Time counts changes of memory. It keeps the last {@value #CAPACITY} changes; of what was
 * before {@link #oldest} it knows nothing. All of it is in the store.
 */
public final class MemoryHistory {
  /** How many changes are remembered. */
  static final int CAPACITY = 1 << 18;

  /** The architecture's largest physical address space, in 64-bit words. */
  private static final long WORDS = 1L << (52 - 3);

  /** The number of no change. */
  public static final long NONE = 0;

  private static final int RECORD_WORDS = 2;

  /** Word 0 of a record: the word's value before; then the number of the change before this. */
  private static final int BEFORE = 0;

  private static final int PREVIOUS = 1;

  /** The last change so far, which is also the time: changes are numbered from 1. */
  private final Cell time;

  /** By word, its last change. */
  private final PagedWords last;

  /** The record of change n is at n modulo the capacity. */
  private final Words records;

  /** Declares the history as {@code name}. */
  public MemoryHistory(Store store, String name) {
    time = store.cell(name + ".time");
    last = store.paged(name + ".last", WORDS);
    records = store.words(name + ".records", CAPACITY * RECORD_WORDS);
  }

  /**
   * The word at {@code pa} is written; it held {@code before}, and is about to hold {@code after}.
   */
  public void write(long pa, long before, long after) {
    if (before == after) {
      return;
    }
    long change = time.get() + 1;
    long word = pa >>> 3;
    time.set(change);
    int at = at(change);
    records.set(at + BEFORE, before);
    records.set(at + PREVIOUS, last.get(word));
    last.set(word, change);
  }

  /** The number of changes so far, which is the time now. */
  public long now() {
    return time.get();
  }

  /** The earliest time of which everything is known. */
  public long oldest() {
    return Math.max(0, time.get() - CAPACITY);
  }

  /** The last change of the word at {@code pa}, if that is remembered; else {@link #NONE}. */
  public long lastChange(long pa) {
    return remembered(last.get(pa >>> 3));
  }

  /** The change of the same word before {@code change}, which is remembered; or {@link #NONE}. */
  public long changeBefore(long change) {
    return remembered(records.get(at(change) + PREVIOUS));
  }

  /** The value that the word of {@code change}, which is remembered, had until then. */
  public long valueBefore(long change) {
    return records.get(at(change) + BEFORE);
  }

  private long remembered(long change) {
    return change > oldest() ? change : NONE;
  }

  private static int at(long change) {
    return (int) (change % CAPACITY) * RECORD_WORDS;
  }
}
