package portcullis.machine.smmuv3.registers;

/**
 * Counts changes of what something is found by: of registers and configuration caches, or of a TLB.
 * Whoever keeps something that was derived from them asks whether the count is still the same.
 *
 * <p>Not state: it says nothing but "changed since". It never falls, so it also counts the changes
 * that an undo takes back.
 */
public final class ChangeCount {
  private long count;

  /** Something changes. */
  public void happens() {
    count++;
  }

  /** How many changes there were. */
  public long count() {
    return count;
  }
}
