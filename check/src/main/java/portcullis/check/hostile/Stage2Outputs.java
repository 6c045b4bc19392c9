package portcullis.check.hostile;

import portcullis.platform.PhysicalMemory;

/**
 * Finds every output of a stage-2 table as hardware would (DDI 0487 D8.2, D8.3), with arithmetic of
 * its own: it shares no code with the page-table library, nor with the models of SMMU and CPU.
 */
final class Stage2Outputs {
  private static final long ADDRESS_MASK = 0x0000_ffff_ffff_f000L;
  private static final int LAST_LEVEL = 3;
  private static final long VALID = 1;
  private static final long TABLE_OR_PAGE = 2;
  private static final long S2AP = 0b11L << 6;

  /** What is found; each method says what is wrong with it, or null. */
  interface Judge {
    /** A table of {@code bytes} at {@code pa}. If something is wrong, it is not walked. */
    String table(long pa, long bytes);

    /** {@code [in, in+bytes)} reaches {@code [out, out+bytes)}. */
    String leaf(long in, long out, long bytes);
  }

  private final PhysicalMemory memory;
  private final Judge judge;

  Stage2Outputs(PhysicalMemory memory, Judge judge) {
    this.memory = memory;
    this.judge = judge;
  }

  /**
   * Walks all of a table: O(tables x entries).
   *
   * @param root of the first table; concatenated ones follow it
   * @param granuleShift 12, 14 or 16
   * @param inputBits of an IPA
   * @param startLevel 0 to 3
   * @return the first thing that is wrong, or null
   */
  String walk(long root, int granuleShift, int inputBits, int startLevel) {
    long entries = 1L << Math.max(0, inputBits - shiftOf(granuleShift, startLevel));
    return walkTable(root, entries, granuleShift, startLevel, 0);
  }

  private static int shiftOf(int granuleShift, int level) {
    return granuleShift + (LAST_LEVEL - level) * (granuleShift - 3);
  }

  private String walkTable(long table, long entries, int granuleShift, int level, long in) {
    String finding = judge.table(table, entries * Long.BYTES);
    int shift = shiftOf(granuleShift, level);
    long outputMask = ADDRESS_MASK & -(1L << shift);
    for (long index = 0; index < entries && finding == null; index++) {
      long descriptor = memory.read64(table + index * Long.BYTES);
      if ((descriptor & VALID) == 0) {
        continue;
      }
      long at = in + (index << shift);
      boolean tableOrPage = (descriptor & TABLE_OR_PAGE) != 0;
      if (level < LAST_LEVEL && tableOrPage) {
        long next = descriptor & ADDRESS_MASK & -(1L << granuleShift);
        finding = walkTable(next, 1L << (granuleShift - 3), granuleShift, level + 1, at);
      } else if (isLeaf(granuleShift, level, tableOrPage) && (descriptor & S2AP) != 0) {
        finding = judge.leaf(at, descriptor & outputMask, 1L << shift);
      }
    }
    return finding;
  }

  /** Blocks are at level 1 of the 4KB granule and level 2 of all; pages at level 3. */
  private static boolean isLeaf(int granuleShift, int level, boolean tableOrPage) {
    return level == LAST_LEVEL ? tableOrPage : level == 2 || (level == 1 && granuleShift == 12);
  }
}
