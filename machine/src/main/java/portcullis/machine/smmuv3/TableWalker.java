package portcullis.machine.smmuv3;

import portcullis.arch.Field;
import portcullis.arch.smmu.EventType;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.machine.Bus;

/**
 * Walks VMSAv8-64 tables of either stage (DDI 0487 D8.2, D8.3): from the start-level table to a
 * leaf, one descriptor a level, with the checks that IHI 0070 7.3.22 lists, in its order. What the
 * leaf permits is for the stage to judge.
 */
final class TableWalker {

  /** Where a descriptor's address leads. */
  @FunctionalInterface
  interface Reach {
    /** No physical address: {@code t} carries the fault. */
    long NONE = -1;

    /** The tables lie at physical addresses. */
    Reach PHYSICAL = (t, address) -> address;

    /** The physical address of the descriptor at {@code address}, or {@link #NONE}. */
    long physical(Translation t, long address);
  }

  /** The deepest level: only pages, no tables. */
  private static final int LAST_LEVEL = 3;

  private static final int DESCRIPTOR_SHIFT = 3;
  private static final Field VALID = Stage1Descriptor.VALID;
  private static final long TYPE = 0b11;
  private static final long TABLE_OR_PAGE = 0b11;
  private static final long OUTPUT_ADDRESS = 0x0000_ffff_ffff_f000L;

  private final Bus bus;

  TableWalker(Bus bus) {
    this.bus = bus;
  }

  /** log2 of the bytes that one descriptor of {@code level} covers. */
  static int levelShift(int granuleShift, int level) {
    return granuleShift + (LAST_LEVEL - level) * (granuleShift - DESCRIPTOR_SHIFT);
  }

  /** The level at which a walk of one start-level table begins (DDI 0487 D8.2.6). */
  static int startLevel(int granuleShift, int inputBits) {
    return LAST_LEVEL - (inputBits - 1 - granuleShift) / (granuleShift - DESCRIPTOR_SHIFT);
  }

  /** Bytes of the start-level table, concatenated ones together. */
  static long startTableBytes(int granuleShift, int startLevel, int inputBits) {
    return 1L << (inputBits - levelShift(granuleShift, startLevel) + DESCRIPTOR_SHIFT);
  }

  /**
   * Walks to the leaf for {@code input}, which must lie below 2<sup>inputBits</sup>.
   *
   * @param reach turns each descriptor's address into a physical one
   * @return whether {@code walk} holds a leaf; if not, {@code walk.fault} says why, or is null
   *     where {@code reach} has put the fault into {@code t}
   */
  boolean walk(Translation t, TableWalk walk, long input, Reach reach) {
    walk.tableAttributes = 0;
    walk.fault = null;
    long table = walk.table;
    int indexTop = walk.inputBits;
    for (int level = walk.startLevel; level <= LAST_LEVEL; level++) {
      int shift = levelShift(walk.granuleShift, level);
      long index = (input & ((1L << indexTop) - 1)) >>> shift;
      long address = reach.physical(t, table | (index << DESCRIPTOR_SHIFT));
      if (address == Reach.NONE) {
        return false;
      }
      if (!bus.responds(address)) {
        walk.fetchAddress = address;
        return fail(walk, EventType.F_WALK_EABT);
      }
      long descriptor = bus.read(address, Long.BYTES);
      boolean tableOrPage = (descriptor & TYPE) == TABLE_OR_PAGE;
      if (!VALID.isSet(descriptor) || !(tableOrPage || blockAllowed(walk.granuleShift, level))) {
        return fail(walk, EventType.F_TRANSLATION);
      }
      boolean leaf = level == LAST_LEVEL || !tableOrPage;
      int lowestBit = leaf ? shift : walk.granuleShift;
      long output = descriptor & OUTPUT_ADDRESS & -(1L << lowestBit);
      if (output >>> walk.outputBits != 0) {
        return fail(walk, EventType.F_ADDR_SIZE);
      }
      if (leaf) {
        walk.level = level;
        walk.descriptor = descriptor;
        walk.output = output;
        walk.shift = shift;
        return true;
      }
      walk.tableAttributes |= descriptor;
      table = output;
      indexTop = shift;
    }
    throw new AssertionError("a descriptor of the last level is a leaf");
  }

  private static boolean fail(TableWalk walk, EventType fault) {
    walk.fault = fault;
    return false;
  }

  /** Whether a block may stand at {@code level}, with 48-bit addresses (DDI 0487 D8.3.1). */
  private static boolean blockAllowed(int granuleShift, int level) {
    return level == 2 || (level == 1 && granuleShift == 12);
  }
}
