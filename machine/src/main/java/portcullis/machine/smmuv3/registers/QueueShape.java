package portcullis.machine.smmuv3.registers;

import portcullis.arch.Field;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;

/**
 * Where one queue's entries are, as its base register says: the size that software chose is capped
 * at what IDR1 offers, the base is aligned to the queue's size and at least to 32 bytes, and
 * addresses are cut to OAS (IHI 0070 3.4.3, 6.3.26).
 */
public enum QueueShape {
  COMMAND(Register.CMDQ_BASE, Idr1.CMDQS, 4),
  EVENT(Register.EVENTQ_BASE, Idr1.EVENTQS, 5),
  PRI(Register.PRIQ_BASE, Idr1.PRIQS, 4);

  private static final int MIN_ALIGNMENT_SHIFT = 5;

  private final Register base;

  @SuppressWarnings("ImmutableEnumChecker") // a record of immutable lists
  private final Field limit;

  private final int entryShift;

  QueueShape(Register base, Field limit, int entryShift) {
    this.base = base;
    this.limit = limit;
    this.entryShift = entryShift;
  }

  /** Log2 of the queue's entries. */
  public int log2Size(RegisterFile registers) {
    return log2Size(registers, registers.get(base));
  }

  /**
   * The same, of a queue of this shape that has another base register.
   *
   * @param itsBase what that holds
   */
  public int log2Size(RegisterFile registers, long itsBase) {
    long most = limit.get(registers.get(Register.IDR1));
    return (int) Math.min(QueueBase.LOG2SIZE.get(itsBase), most);
  }

  /**
   * Physical address of an entry.
   *
   * @param index with or without the wrap bit
   * @param physical the addresses that OAS allows, as a mask
   */
  public long entry(RegisterFile registers, long index, int log2Size, long physical) {
    return entry(registers.get(base), index, log2Size, physical);
  }

  /**
   * The same, of a queue of this shape that has another base register.
   *
   * @param itsBase what that holds
   */
  public long entry(long itsBase, long index, int log2Size, long physical) {
    int alignment = Math.max(MIN_ALIGNMENT_SHIFT, log2Size + entryShift);
    long queue = QueueBase.ADDR.inPlace(itsBase) & -(1L << alignment) & physical;
    return queue + ((index & ((1L << log2Size) - 1)) << entryShift);
  }
}
