package portcullis.machine.smmuv3;

import portcullis.machine.smmuv3.registers.Features;
import portcullis.store.Cell;
import portcullis.store.Store;
import portcullis.store.Words;

/**
 * The transactions that are stalled, by their tags (IHI 0070 3.12.2): at most IDR5.STALL_MAX, so
 * that no more stall records wait for an answer either (6.3.6).
 *
 * <p>A tag is a place in this table. The transaction itself waits in its device.
 */
final class StallTable {
  /** {@link #claim} found no free tag. */
  static final int NONE = -1;

  private static final long HELD = 1;

  /** The stall has an event record; one without is retried when it can have one. */
  private static final long RECORDED = 1 << 1;

  private static final int STREAM = 32;

  private final Words slots;
  private final Cell held;
  private final Cell unrecorded;
  private final Cell next;

  StallTable(Store store, String name, Features features) {
    slots = store.words(name + ".slots", features.stallMax());
    held = store.cell(name + ".held");
    unrecorded = store.cell(name + ".unrecorded");
    next = store.cell(name + ".next");
  }

  /** How many tags there are. */
  int capacity() {
    return slots.length();
  }

  /** Whether any transaction waits without an event record. */
  boolean anyUnrecorded() {
    return unrecorded.get() != 0;
  }

  /** Whether any transaction is stalled. */
  boolean any() {
    return held.get() != 0;
  }

  /** Takes a free tag for a transaction of a stream; or {@link #NONE}. */
  int claim(int streamId) {
    if (held.get() == slots.length()) {
      return NONE;
    }
    int stag = (int) next.get();
    while (slots.get(stag) != 0) {
      stag = after(stag);
    }
    slots.set(stag, HELD | Integer.toUnsignedLong(streamId) << STREAM);
    held.set(held.get() + 1);
    unrecorded.set(unrecorded.get() + 1);
    next.set(after(stag));
    return stag;
  }

  private int after(int stag) {
    return stag + 1 == slots.length() ? 0 : stag + 1;
  }

  /** The stall has been recorded. */
  void recorded(int stag) {
    slots.set(stag, slots.get(stag) | RECORDED);
    unrecorded.set(unrecorded.get() - 1);
  }

  /**
   * Whether a transaction of {@code streamId} is stalled under {@code stag}.
   *
   * @param stag any value
   */
  boolean holds(int streamId, int stag) {
    return stag < slots.length() && (slots.get(stag) & HELD) != 0 && streamId(stag) == streamId;
  }

  /** Whether a transaction is stalled under {@code stag}. */
  boolean holds(int stag) {
    return slots.get(stag) != 0;
  }

  /** Whether the transaction under {@code stag} has its event record. */
  boolean isRecorded(int stag) {
    return (slots.get(stag) & RECORDED) != 0;
  }

  /** The stream of the transaction under {@code stag}. */
  int streamId(int stag) {
    return (int) (slots.get(stag) >>> STREAM);
  }

  /** Gives a tag back. */
  void release(int stag) {
    if (!isRecorded(stag)) {
      unrecorded.set(unrecorded.get() - 1);
    }
    slots.set(stag, 0);
    held.set(held.get() - 1);
  }
}
