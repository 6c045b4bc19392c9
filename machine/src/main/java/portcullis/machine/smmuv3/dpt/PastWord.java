package portcullis.machine.smmuv3.dpt;

import portcullis.machine.Bus;
import portcullis.machine.MemoryHistory;

/**
 * The values that a word of memory has had, from the present one back, and when.
 *
 * <p>Scratch: it means nothing before {@link #begin}.
 */
final class PastWord {
  private final Bus memory;
  private final MemoryHistory history;

  private long address;
  private long made;
  private long replaced;

  PastWord(Bus memory, MemoryHistory history) {
    this.memory = memory;
    this.history = history;
  }

  /** The present value of the word at {@code pa} is looked at. */
  void begin(long pa) {
    address = pa;
    replaced = MemoryHistory.NONE;
    made = history.lastChange(pa);
  }

  /** The value before is; false if none is known. */
  boolean older() {
    if (made == MemoryHistory.NONE) {
      return false;
    }
    replaced = made;
    made = history.changeBefore(replaced);
    return true;
  }

  long value() {
    return replaced == MemoryHistory.NONE
        ? memory.read(address, Long.BYTES)
        : history.valueBefore(replaced);
  }

  /** The first time at which the word had the value. */
  long first() {
    return made == MemoryHistory.NONE ? history.oldest() : made;
  }

  /** The last time at which it had. */
  long last() {
    return replaced == MemoryHistory.NONE ? history.now() : replaced - 1;
  }
}
