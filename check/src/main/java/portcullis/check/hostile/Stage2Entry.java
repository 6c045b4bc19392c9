package portcullis.check.hostile;

/**
 * What a stage-2 descriptor says to hardware (DDI 0487 D8.2, D8.3), by arithmetic of the oracle's
 * own: it shares no code with the page-table library, nor with the models of SMMU and CPU.
 */
final class Stage2Entry {
  static final int LAST_LEVEL = 3;

  private static final long ADDRESS_MASK = 0x0000_ffff_ffff_f000L;
  private static final int SHIFT_4K = 12;
  private static final int SHIFT_64K = 16;
  private static final long VALID = 1;
  private static final long TABLE_OR_PAGE = 2;
  private static final long S2AP = 0b11L << 6;

  private Stage2Entry() {}

  /** log2 of the bytes that a descriptor at {@code level} covers. */
  static int shift(int granuleShift, int level) {
    return granuleShift + (LAST_LEVEL - level) * (granuleShift - 3);
  }

  /** How many descriptors the first table has, with those that are concatenated to it. */
  static long rootEntries(int granuleShift, int inputBits, int startLevel) {
    return 1L << Math.max(0, inputBits - shift(granuleShift, startLevel));
  }

  /** How many descriptors any other table has. */
  static int entries(int granuleShift) {
    return 1 << (granuleShift - 3);
  }

  /** Whether it leads to a table of the next level. */
  static boolean isTable(long descriptor, int level) {
    return level < LAST_LEVEL && (descriptor & (VALID | TABLE_OR_PAGE)) == (VALID | TABLE_OR_PAGE);
  }

  /** Where that table lies. */
  static long table(long descriptor, int granuleShift) {
    return address(descriptor, granuleShift) & -(1L << granuleShift);
  }

  /** With 64KB, bits 15:12 are bits 51:48 of the address, or 0 (DDI 0487 D8.3.1, FEAT_LPA). */
  private static long address(long descriptor, int granuleShift) {
    long high = granuleShift == SHIFT_64K ? (descriptor & 0xf000L) << 36 : 0;
    return high | (descriptor & ADDRESS_MASK);
  }

  /**
   * Whether it lets an access through: blocks are at level 2 and, but for the 16KB granule, at
   * level 1 (with 64KB: where addresses have 52 bits; else hardware faults).
   */
  static boolean reaches(long descriptor, int granuleShift, int level) {
    boolean tableOrPage = (descriptor & TABLE_OR_PAGE) != 0;
    boolean leaf =
        level == LAST_LEVEL
            ? tableOrPage
            : !tableOrPage
                && (level == 2
                    || (level == 1 && (granuleShift == SHIFT_4K || granuleShift == SHIFT_64K)));
    return (descriptor & VALID) != 0 && leaf && (descriptor & S2AP) != 0;
  }

  /** Where what it covers then ends up. */
  static long output(long descriptor, int granuleShift, int level) {
    return address(descriptor, granuleShift) & -(1L << shift(granuleShift, level));
  }
}
