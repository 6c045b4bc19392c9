package portcullis.machine.smmuv3;

import portcullis.arch.smmu.QueueBase;

/** Arithmetic of queue indexes: LOG2SIZE bits of index under one wrap bit (IHI 0070 3.5.1). */
final class QueueIndex {
  private QueueIndex() {}

  /** The index and wrap bit of a PROD or CONS value; bits above are no part of it. */
  static long of(long value, int log2Size) {
    return value & ((2L << log2Size) - 1);
  }

  /** The index after {@code index}, with the wrap bit toggled at the end of the queue. */
  static long next(long index, int log2Size) {
    return of(index + 1, log2Size);
  }

  /** Whether the producer has no free entry: same index, different wrap. */
  static boolean full(long producer, long consumer, int log2Size) {
    return (producer ^ consumer) == 1L << log2Size;
  }

  /** Address of an entry; the base is aligned to the queue's size, at least 32 bytes (6.3.26). */
  static long address(long base, long index, int log2Size, int entryShift) {
    int alignment = Math.max(5, log2Size + entryShift);
    long queue = QueueBase.ADDR.inPlace(base) & -(1L << alignment);
    return queue + ((index & ((1L << log2Size) - 1)) << entryShift);
  }
}
