package portcullis.smmu;

/**
 * Arithmetic of SMMU queue pointers (IHI 0070 3.5): an index of {@code log2} bits with a wrap bit
 * above it. Every method ignores bits above the wrap bit.
 */
public final class QueuePointer {
  private QueuePointer() {}

  /** The entry that {@code pointer} names: 0 to 2^log2 - 1. */
  public static int index(int pointer, int log2) {
    return pointer & ((1 << log2) - 1);
  }

  /** {@code pointer} reduced to its index and wrap bits. */
  public static int normalize(int pointer, int log2) {
    return pointer & ((2 << log2) - 1);
  }

  /** The pointer to the next entry, wrapping. */
  public static int next(int pointer, int log2) {
    return normalize(pointer + 1, log2);
  }

  /** Whether nothing is queued. */
  public static boolean empty(int producer, int consumer, int log2) {
    return normalize(producer, log2) == normalize(consumer, log2);
  }

  /** Whether no entry is free: same index, other wrap bit. */
  public static boolean full(int producer, int consumer, int log2) {
    return (normalize(producer, log2) ^ normalize(consumer, log2)) == 1 << log2;
  }

  /**
   * How many entries are queued, by pointer arithmetic; more than 2^log2 where the two pointers are
   * inconsistent, which is a programming error of whoever moved them.
   */
  public static int used(int producer, int consumer, int log2) {
    return normalize(producer - consumer, log2);
  }
}
