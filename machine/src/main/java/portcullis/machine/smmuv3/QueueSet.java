package portcullis.machine.smmuv3;

import portcullis.store.Cell;
import portcullis.store.Store;
import portcullis.store.Words;

/** A set of an SMMU's Command queues, by their numbers. */
final class QueueSet {
  /** What {@link #takeAny} gives of an empty set. */
  static final int NONE = -1;

  private final Words bits;
  private final Cell size;

  /** Declares an empty set of numbers below {@code queues}. */
  QueueSet(Store store, String name, int queues) {
    bits = store.words(name + ".bits", (queues + Long.SIZE - 1) / Long.SIZE);
    size = store.cell(name + ".size");
  }

  /** Puts a queue into it. */
  void add(int queue) {
    long word = bits.get(queue / Long.SIZE);
    if ((word & 1L << queue) == 0) {
      bits.set(queue / Long.SIZE, word | 1L << queue);
      size.set(size.get() + 1);
    }
  }

  /** Takes a queue out of it; whether it was in. */
  boolean take(int queue) {
    long word = bits.get(queue / Long.SIZE);
    if ((word & 1L << queue) == 0) {
      return false;
    }
    bits.set(queue / Long.SIZE, word & ~(1L << queue));
    size.set(size.get() - 1);
    return true;
  }

  /** Takes all out of it. */
  void clear() {
    for (int word = 0; size.get() != 0; word++) {
      size.set(size.get() - Long.bitCount(bits.get(word)));
      bits.set(word, 0);
    }
  }

  /** Takes the queue with the lowest number out of it, or {@link #NONE}. */
  int takeAny() {
    if (size.get() == 0) {
      return NONE;
    }
    int word = 0;
    while (bits.get(word) == 0) {
      word++;
    }
    int queue = word * Long.SIZE + Long.numberOfTrailingZeros(bits.get(word));
    take(queue);
    return queue;
  }
}
