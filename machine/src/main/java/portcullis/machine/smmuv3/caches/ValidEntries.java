package portcullis.machine.smmuv3.caches;

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

  /** {@code entry} is valid no longer. */
  void remove(int entry) {
    valid[entry / Long.SIZE] &= ~(1L << entry);
  }

  /** The first valid entry from {@code entry} on, or -1. */
  int next(int entry) {
    if (derivedAt != store.epoch()) {
      derive();
    }
    if (entry == capacity) {
      return -1;
    }
    int word = entry / Long.SIZE;
    long left = valid[word] & -1L << entry;
    while (left == 0) {
      if (++word == valid.length) {
        return -1;
      }
      left = valid[word];
    }
    return word * Long.SIZE + Long.numberOfTrailingZeros(left);
  }

  private void derive() {
    for (int entry = 0; entry < capacity; entry++) {
      if (isValid.test(entry)) {
        add(entry);
      } else {
        remove(entry);
      }
    }
    derivedAt = store.epoch();
  }
}
