package portcullis.check.hostile;

import portcullis.platform.PhysicalMemory;

/** Finds every output of a stage-2 table as hardware would. */
final class Stage2Outputs {

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
   * @return the first thing that is wrong, or null
   */
  String walk(Stage2Reference table) {
    long entries =
        Stage2Entry.rootEntries(table.granuleShift(), table.inputBits(), table.startLevel());
    return walkTable(table.root(), entries, table.granuleShift(), table.startLevel(), 0);
  }

  private String walkTable(long table, long entries, int granuleShift, int level, long in) {
    String finding = judge.table(table, entries * Long.BYTES);
    int shift = Stage2Entry.shift(granuleShift, level);
    for (long index = 0; index < entries && finding == null; index++) {
      long descriptor = memory.read64(table + index * Long.BYTES);
      long at = in + (index << shift);
      if (Stage2Entry.isTable(descriptor, level)) {
        finding =
            walkTable(
                Stage2Entry.table(descriptor, granuleShift),
                Stage2Entry.entries(granuleShift),
                granuleShift,
                level + 1,
                at);
      } else if (Stage2Entry.reaches(descriptor, granuleShift, level)) {
        finding = judge.leaf(at, Stage2Entry.output(descriptor, granuleShift, level), 1L << shift);
      }
    }
    return finding;
  }
}
