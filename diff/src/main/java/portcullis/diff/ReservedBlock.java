package portcullis.diff;

import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.Granule;

/**
 * A block at a level that has none (DDI 0487 D8.3.1), which QEMU takes all the same: told to the
 * model as tables that lead to what of it a block of its granule may be.
 *
 * @param level of {@code block}, the descriptor as it is in memory
 */
record ReservedBlock(Granule granule, int level, long block) {
  private static final long FIRST_ADDRESS_BIT = 12;

  /** Whether a descriptor is one. */
  static boolean is(Granule granule, int level, long descriptor) {
    return (descriptor & 0b11) == Tables.BLOCK
        && level >= 0
        && level < Granule.LAST_LEVEL
        && !granule.blockAllowed(level, AddressFormat.BITS_48);
  }

  /** Where it begins. */
  long base() {
    return AddressFormat.BITS_48.address(block, granule.levelShift(level));
  }

  /** What {@code input} is translated to. */
  long output(long input) {
    return base() | (input & (granule.levelBytes(level) - 1));
  }

  /** Whether {@link #descriptor} of {@code at} is a block. */
  boolean whole(int at) {
    return granule.blockAllowed(at, AddressFormat.BITS_48);
  }

  /**
   * What stands for it on the way of {@code input}.
   *
   * @param at a level, its own or a later one
   * @param table where the table of the next level is to be looked for, if it takes one
   */
  long descriptor(int at, long input, long table) {
    if (!whole(at)) {
      return table | Tables.TABLE;
    }
    long address = (1L << 48) - (1L << FIRST_ADDRESS_BIT);
    return (block & ~address) | (output(input) & -granule.levelBytes(at));
  }
}
