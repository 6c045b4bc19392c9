package portcullis.host;

import java.util.function.BooleanSupplier;
import portcullis.platform.PhysicalMemory;

/**
 * Rewrites a live STE or CD in memory without ever showing the hardware a mixture: bits that the
 * current configuration does not use first, then the one word that switches, then the rest; where
 * more than one word in use must change, the entry is made invalid in between. After each step that
 * changed memory the hardware is told (CFGI and CMD_SYNC), as Linux does.
 */
final class EntryUpdate {
  /** Words in an STE and in a CD. */
  static final int WORDS = 8;

  private EntryUpdate() {}

  /** Says which bits of an entry the hardware looks at. */
  @FunctionalInterface
  interface UsedBits {
    /** Sets in {@code used} the bits that {@code entry}'s configuration makes the hardware use. */
    void of(long[] entry, long[] used);
  }

  /**
   * Writes {@code target} over the entry at {@code address}.
   *
   * @param sync tells the hardware that the entry changed, and waits; false if it does not answer
   * @return whether the hardware answered every time; where it did not, nothing more is written, so
   *     that it sees no mixture even then (Linux goes on)
   */
  static boolean write(
      PhysicalMemory memory, long address, long[] target, UsedBits usedBits, BooleanSupplier sync) {
    long[] current = new long[WORDS];
    for (int i = 0; i < WORDS; i++) {
      current[i] = memory.read64(address + 8L * i);
    }
    long[] currentUsed = new long[WORDS];
    long[] targetUsed = new long[WORDS];
    usedBits.of(current, currentUsed);
    usedBits.of(target, targetUsed);

    long[] prepared = new long[WORDS];
    int switching = 0;
    int switchingWord = 0;
    for (int i = 0; i < WORDS; i++) {
      prepared[i] = (current[i] & currentUsed[i]) | (target[i] & ~currentUsed[i]);
      if (((prepared[i] ^ target[i]) & targetUsed[i]) != 0) {
        switching++;
        switchingWord = i;
      }
    }
    if (switching == 0) {
      return set(memory, address, current, target, 0, WORDS, sync);
    }
    if (switching == 1) {
      prepared[switchingWord] = current[switchingWord];
      return set(memory, address, current, prepared, 0, WORDS, sync)
          && set(memory, address, current, target, switchingWord, switchingWord + 1, sync)
          && set(memory, address, current, target, 0, WORDS, sync);
    }
    return set(memory, address, current, new long[WORDS], 0, 1, sync)
        && set(memory, address, current, target, 1, WORDS, sync)
        && set(memory, address, current, target, 0, 1, sync);
  }

  private static boolean set(
      PhysicalMemory memory,
      long address,
      long[] current,
      long[] target,
      int from,
      int to,
      BooleanSupplier sync) {
    boolean changed = false;
    for (int i = from; i < to; i++) {
      if (current[i] != target[i]) {
        memory.write64(address + 8L * i, target[i]);
        current[i] = target[i];
        changed = true;
      }
    }
    return !changed || sync.getAsBoolean();
  }
}
