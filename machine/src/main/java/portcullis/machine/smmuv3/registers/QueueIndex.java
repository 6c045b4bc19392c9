package portcullis.machine.smmuv3.registers;

/** Arithmetic of queue indexes: LOG2SIZE bits of index under one wrap bit (IHI 0070 3.5.1). */
public final class QueueIndex {
  private QueueIndex() {}

  /** The bits of a PROD or CONS value that are index or wrap bit. */
  static long mask(int log2Size) {
    return (2L << log2Size) - 1;
  }

  /** The index and wrap bit of a PROD or CONS value; bits above are no part of it. */
  public static long of(long value, int log2Size) {
    return value & mask(log2Size);
  }

  /** The index after {@code index}, with the wrap bit toggled at the end of the queue. */
  public static long next(long index, int log2Size) {
    return of(index + 1, log2Size);
  }

  /** The index before {@code index}. */
  public static long previous(long index, int log2Size) {
    return of(index - 1, log2Size);
  }

  /** Whether the producer has no free entry: same index, different wrap. */
  public static boolean full(long producer, long consumer, int log2Size) {
    return (producer ^ consumer) == 1L << log2Size;
  }
}
