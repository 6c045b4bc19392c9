package portcullis.machine.smmuv3.caches;

import java.util.Arrays;
import java.util.function.IntPredicate;
import portcullis.store.Store;

/**
 * Which sets of a cache have a valid entry, so that an invalidation visits these alone.
 *
 * <p>Not state: it follows from the entries, and is derived again after an undo or a load.
 */
final class OccupiedSets {
  private final Store store;
  private final int sets;
  private final IntPredicate isOccupied;

  /** A bit for each set. */
  private final long[] occupied;

  /** The {@link Store#epoch} at which {@link #occupied} was derived. */
  private long derivedAt;

  /**
   * None is occupied yet.
   *
   * @param isOccupied whether the set of a number below {@code sets} has a valid entry
   */
  OccupiedSets(Store store, int sets, IntPredicate isOccupied) {
    this.store = store;
    this.sets = sets;
    this.isOccupied = isOccupied;
    this.occupied = new long[(sets + Long.SIZE - 1) / Long.SIZE];
    this.derivedAt = store.epoch();
  }

  /** An entry of {@code set} has become valid. */
  void add(int set) {
    occupied[set / Long.SIZE] |= 1L << set;
  }

  /** Whether no set has a valid entry. */
  boolean isEmpty() {
    for (int word = 0; word < words(); word++) {
      if (word(word) != 0) {
        return false;
      }
    }
    return true;
  }

  /** How many words of 64 sets there are: {@link #word} by {@code word}. */
  int words() {
    return occupied.length;
  }

  /** A bit for each of the sets from {@code 64 * word} on: whether it has a valid entry. */
  long word(int word) {
    if (derivedAt != store.epoch()) {
      derive();
    }
    return occupied[word];
  }

  /** Those of the sets that {@code gone} has a bit for have no valid entry any longer. */
  void remove(int word, long gone) {
    occupied[word] &= ~gone;
  }

  private void derive() {
    Arrays.fill(occupied, 0);
    for (int set = 0; set < sets; set++) {
      if (isOccupied.test(set)) {
        add(set);
      }
    }
    derivedAt = store.epoch();
  }
}
