package portcullis.machine.smmuv3.caches;

import java.util.Arrays;
import java.util.function.IntPredicate;
import portcullis.store.Store;

/**
 * Which entries of a cache are valid, so that an invalidation visits these alone.
 *
 * <p>Not state: it follows from the entries, and is derived again after an undo or a load.
 */
final class ValidEntries {
  private final Store store;
  private final int capacity;
  private final IntPredicate isValid;

  /** A bit for each entry. */
  private final long[] valid;

  /** The {@link Store#epoch} at which {@link #valid} was derived. */
  private long derivedAt;

  /**
   * None is valid yet.
   *
   * @param isValid whether the entry of a number below {@code capacity} is valid
   */
  ValidEntries(Store store, int capacity, IntPredicate isValid) {
    this.store = store;
    this.capacity = capacity;
    this.isValid = isValid;
    this.valid = new long[(capacity + Long.SIZE - 1) / Long.SIZE];
    this.derivedAt = store.epoch();
  }

  /** {@code entry} has become valid. */
  void add(int entry) {
    valid[entry / Long.SIZE] |= 1L << entry;
  }

  /** How many words of 64 entries there are: {@link #word} by {@code word}. */
  int words() {
    return valid.length;
  }

  /** A bit for each of the entries from {@code 64 * word} on: whether it is valid. */
  long word(int word) {
    if (derivedAt != store.epoch()) {
      derive();
    }
    return valid[word];
  }

  /** Those of the entries that {@code gone} has a bit for are valid no longer. */
  void remove(int word, long gone) {
    valid[word] &= ~gone;
  }

  private void derive() {
    Arrays.fill(valid, 0);
    for (int entry = 0; entry < capacity; entry++) {
      if (isValid.test(entry)) {
        add(entry);
      }
    }
    derivedAt = store.epoch();
  }
}
