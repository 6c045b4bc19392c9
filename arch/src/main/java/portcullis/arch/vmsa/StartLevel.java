package portcullis.arch.vmsa;

/**
 * Where a table walk starts: from the input size and the granule for stage 1, from SL0 for stage 2,
 * whose first level may be up to 16 concatenated tables (DDI 0487 D8.2.2, D8.2.8 to D8.2.10).
 *
 * <p>Levels are -1 to 3. Input sizes are in bits: 64 - T0SZ.
 */
public final class StartLevel {
  /** No level: a reserved encoding, or a size that no level can start. */
  public static final int NONE = Integer.MIN_VALUE;

  /** The most tables that a stage 2 walk's first level may have. */
  public static final int MAX_CONCATENATED = 16;

  private static final int MAX_CONCATENATED_BITS = 4;

  /** T0SZ is at most 48, and 47 with a 64KB granule. */
  private static final int MIN_INPUT_BITS = 16;

  private StartLevel() {}

  /**
   * First level of a stage 1 walk: the one whose table resolves the top bits without concatenation.
   *
   * @return -1 to 3
   */
  public static int stage1(Granule granule, int inputBits) {
    int resolved = inputBits - granule.shift();
    int levels = Math.max(1, Math.ceilDiv(resolved, granule.bitsPerLevel()));
    return Granule.LAST_LEVEL + 1 - levels;
  }

  /**
   * First level of a stage 2 walk.
   *
   * @param sl SL2:SL0 (VTCR_EL2) or S2SL0_2:S2SL0 (STE), 0 to 7; only a 4KB granule reads SL2
   * @return -1 to 3, or {@link #NONE} if the encoding is reserved
   */
  public static int stage2(Granule granule, long sl) {
    int sl0 = (int) sl & 0b11;
    return switch (granule) {
      case SIZE_4K -> {
        if ((sl & 0b100) != 0) {
          yield sl0 == 0 ? -1 : NONE;
        }
        yield sl0 == 3 ? 3 : 2 - sl0;
      }
      case SIZE_16K -> 3 - sl0;
      case SIZE_64K -> sl0 == 3 ? NONE : 3 - sl0;
    };
  }

  /**
   * SL2:SL0 of a stage 2 walk that starts at {@code level}: the inverse of {@link #stage2}.
   *
   * @return 0 to 4, or {@link #NONE} if the granule has no such start level
   */
  public static int sl(Granule granule, int level) {
    for (int sl = 0; sl <= 0b100; sl++) {
      if (stage2(granule, sl) == level) {
        return granule != Granule.SIZE_4K && sl == 0b100 ? NONE : sl;
      }
    }
    return NONE;
  }

  /**
   * Whether a stage 2 walk of {@code inputBits} may start at {@code level}; if not, the walk faults
   * at level 0 (and an STE is ILLEGAL). Inputs below 25 bits (T0SZ above 39), and level 3 with a
   * 4KB granule, need small translation tables too (FEAT_TTST, IDR3.STT): the caller's to check.
   *
   * @param format tells whether inputs above 48 bits, and the levels that they bring, exist
   */
  public static boolean allowed(Granule granule, int level, int inputBits, AddressFormat format) {
    if (inputBits < Math.max(MIN_INPUT_BITS, granule.shift() + 1) || inputBits > format.bits()) {
      return false;
    }
    if (level < firstLevel(granule, format) || level > Granule.LAST_LEVEL) {
      return false;
    }
    int resolved = inputBits - granule.levelShift(level);
    boolean concatenates = level > granule.firstLevel();
    int most = granule.bitsPerLevel() + (concatenates ? MAX_CONCATENATED_BITS : 0);
    return resolved >= 1 && resolved <= most;
  }

  /**
   * The last level at which a stage 2 walk of {@code inputBits} may start: it costs the fewest
   * lookups, and concatenates up to {@value #MAX_CONCATENATED} tables.
   *
   * @return -1 to 3, or {@link #NONE} if the size cannot be translated in this format
   */
  public static int deepest(Granule granule, int inputBits, AddressFormat format) {
    for (int level = Granule.LAST_LEVEL; level >= firstLevel(granule, format); level--) {
      if (allowed(granule, level, inputBits, format)) {
        return level;
      }
    }
    return NONE;
  }

  /**
   * Tables that the first level has: 1, or 2 to {@value #MAX_CONCATENATED} if it concatenates.
   * Together they are aligned to their size.
   */
  public static int tables(Granule granule, int level, int inputBits) {
    int extra = inputBits - granule.levelShift(level) - granule.bitsPerLevel();
    return extra <= 0 ? 1 : 1 << extra;
  }

  /** Descriptors that the first level has, over all its tables. */
  public static int entries(Granule granule, int level, int inputBits) {
    return 1 << Math.max(0, inputBits - granule.levelShift(level));
  }

  /** The earliest level that a granule's walk can start at in {@code format}. */
  private static int firstLevel(Granule granule, AddressFormat format) {
    boolean needsLpa2 = granule != Granule.SIZE_64K;
    int first = granule.firstLevel();
    return needsLpa2 && format != AddressFormat.LPA2 ? first + 1 : first;
  }
}
