package portcullis.arch.vmsa;

/**
 * VMSAv8-32 Long-descriptor (LPAE) translation tables: the sizes and encodings in which they differ
 * from VMSAv8-64 ones with a 4KB granule (DDI 0487 G5.5).
 *
 * <p>Descriptors are laid out alike. Of stage 1, bit 54 is XN: it is for both privilege levels
 * (G5.6.3).
 */
public final class Lpae {
  /** The only granule. */
  public static final Granule GRANULE = Granule.SIZE_4K;

  /** Bits of a VA. */
  public static final int VA_BITS = 32;

  /**
   * Bits of an IPA and of a PA; a descriptor with more, up to bit 47, is an Address size fault
   * (G5.5.7).
   */
  public static final int ADDRESS_BITS = 40;

  private static final int STAGE1_SIZE_BITS = 3;
  private static final int STAGE2_SIZE_BITS = 4;
  private static final int START_AT_LEVEL_2 = 0b00;
  private static final int START_AT_LEVEL_1 = 0b01;

  private Lpae() {}

  /**
   * Bits of input that one of stage 1's two tables covers: 25 to 32.
   *
   * @param txsz TTBCR.T0SZ or T1SZ: the lowest three bits count
   */
  public static int stage1Bits(int txsz) {
    return VA_BITS - (txsz & ((1 << STAGE1_SIZE_BITS) - 1));
  }

  /**
   * Bits of input that stage 2's tables cover: 25 to 40.
   *
   * @param t0sz VTCR.T0SZ: the lowest four bits count, and are signed
   */
  public static int stage2Bits(int t0sz) {
    int unused = Integer.SIZE - STAGE2_SIZE_BITS;
    return VA_BITS - (t0sz << unused >> unused);
  }

  /**
   * First level of a stage 2 walk, whose tables may be concatenated (G5.5.7.2).
   *
   * @param sl0 VTCR.SL0
   * @return 1 or 2, or {@link StartLevel#NONE} if the encoding is reserved
   */
  public static int stage2Level(int sl0) {
    return switch (sl0) {
      case START_AT_LEVEL_2 -> 2;
      case START_AT_LEVEL_1 -> 1;
      default -> StartLevel.NONE;
    };
  }

  /**
   * Whether T0SZ suits SL0 (table G5-5); if not, the walk faults (and an STE is ILLEGAL).
   *
   * @param level as {@link #stage2Level} gives it
   * @param inputBits as {@link #stage2Bits} gives it
   */
  public static boolean stage2Allowed(int level, int inputBits) {
    return level != StartLevel.NONE
        && StartLevel.allowed(GRANULE, level, inputBits, AddressFormat.BITS_48);
  }
}
