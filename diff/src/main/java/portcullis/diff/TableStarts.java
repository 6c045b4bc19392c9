package portcullis.diff;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongUnaryOperator;
import portcullis.arch.smmu.Cd;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.StartLevel;

/**
 * A nested walk of stage 1 by an SMMU that translates the start of each table only, and takes the
 * descriptor from behind it, also where stage 2 has another page for the descriptor.
 */
final class TableStarts {
  private final Map<Long, Long> instead = new HashMap<>();
  private boolean split;
  private boolean startRefused;
  private boolean placeRefused;

  /**
   * Walks.
   *
   * @param fetched has the CD
   * @param granule of the half that {@code iova} is in
   * @param writeOnlyToo whether a table's start is fetched from a write-only page, too
   * @param word the 64-bit word of memory at an address, 0 where there is none
   */
  TableStarts(
      Fetched fetched,
      Stage2View stage2,
      Granule granule,
      long iova,
      boolean writeOnlyToo,
      LongUnaryOperator word) {
    boolean upper = (iova >>> 55 & 1) != 0;
    int bits = Long.SIZE - (int) fetched.cd(upper ? Cd.T1SZ : Cd.T0SZ);
    int first = StartLevel.stage1(granule, bits);
    long table =
        upper ? fetched.cd(Cd.TTB1) << Cd.TTB1.lsb() : fetched.cd(Cd.TTB0) << Cd.TTB0.lsb();
    table &= -Math.max(1L, (long) StartLevel.entries(granule, first, bits) * Long.BYTES);
    for (int level = first; level <= Granule.LAST_LEVEL; level++) {
      int top = level == first ? bits : granule.levelShift(level) + granule.bitsPerLevel();
      long inTable = ((iova & ((1L << top) - 1)) >>> granule.levelShift(level)) * Long.BYTES;
      Stage2View.Leaf ofTable = stage2.leaf(table);
      Stage2View.Leaf ofPlace = stage2.leaf(table + inTable);
      boolean same =
          (ofTable != null && ofPlace != null)
              ? ofTable.place() == ofPlace.place()
              : Objects.equals(ofTable, ofPlace);
      if (!same) {
        split = true;
        startRefused = !readable(stage2, table, writeOnlyToo);
        placeRefused = !readable(stage2, table + inTable, false);
      }
      if (ofTable == null || startRefused) {
        return;
      }
      long descriptor = word.applyAsLong(ofTable.output() + inTable);
      if (!same && !placeRefused) {
        instead.put(ofPlace.output(), descriptor);
      }
      if (placeRefused || (descriptor & 0b11) != 0b11) {
        return;
      }
      table = AddressFormat.BITS_48.address(descriptor, granule.shift());
    }
  }

  private static boolean readable(Stage2View stage2, long ipa, boolean writeOnlyToo) {
    return stage2.fetchable(ipa, writeOnlyToo) && Window.ram(stage2.leaf(ipa).output());
  }

  /** Whether a table has a descriptor on the way that another stage-2 leaf has than its start. */
  boolean split() {
    return split;
  }

  /** Whether such a table's start cannot be fetched. */
  boolean startRefused() {
    return startRefused;
  }

  /** Whether such a descriptor cannot be fetched, but the table's start can. */
  boolean placeRefused() {
    return placeRefused && !startRefused;
  }

  /** What is taken instead of the word at {@code address}, or {@code now}. */
  long word(long address, long now) {
    return instead.getOrDefault(address, now);
  }
}
