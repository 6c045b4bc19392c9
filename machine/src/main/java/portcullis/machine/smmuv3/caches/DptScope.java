package portcullis.machine.smmuv3.caches;

import portcullis.arch.smmu.Dpti;

/**
 * Which entries of the DPT TLB each CMD_DPTI_* command reaches: no more than the architecture
 * requires, so that whoever sends too few commands is found out (IHI 0070 3.24.5, 4.6). No other
 * invalidation reaches any.
 */
public enum DptScope {
  DPTI_ALL("permissions; tables", "") {
    @Override
    public boolean reaches(long region, int shift, boolean table, long word1) {
      return true;
    }
  },

  /** An aligned region: permissions of regions within it, and tables for any part of it. */
  DPTI_PA(
      "permissions; tables unless Leaf = 1",
      "an aligned region of SIZE, of which permissions are for a part or the whole") {
    @Override
    public boolean reaches(long region, int shift, boolean table, long word1) {
      int size = Dpti.shift(Dpti.SIZE.get(word1));
      long first = Dpti.ADDRESS.inPlace(word1);
      if (size == 0 || (first & (1L << size) - 1) != 0) {
        return false;
      }
      int compared = table ? Math.max(size, shift) : size;
      return table
          ? !Dpti.LEAF.isSet(word1) && (region ^ first) >>> compared == 0
          : shift <= size && (region ^ first) >>> compared == 0;
    }
  };

  private final String kinds;
  private final String match;

  DptScope(String kinds, String match) {
    this.kinds = kinds;
    this.match = match;
  }

  /** Which kinds of entry it reaches, in words. */
  public String kindsInWords() {
    return "the DPT's " + kinds;
  }

  /** What an entry must have in common with it, in words; empty if nothing. */
  public String matchInWords() {
    return match;
  }

  /**
   * Whether the command reaches an entry.
   *
   * @param region first address that the entry is for
   * @param shift log2 of the bytes that it is for
   * @param table whether it leads to a level 1 table
   * @param word1 the command's second word, its address cut to OAS
   */
  public abstract boolean reaches(long region, int shift, boolean table, long word1);
}
