package portcullis.arch.vmsa;

/**
 * Translation granule: the size of a page and of a full translation table (DDI 0487 D8.2.8 to
 * D8.2.10), with its several encodings.
 */
public enum Granule {
  SIZE_4K("4KB", 12, 0b00, 0b10, 0b01),
  SIZE_16K("16KB", 14, 0b10, 0b01, 0b10),
  SIZE_64K("64KB", 16, 0b01, 0b11, 0b11);

  /** The level whose entries are pages. */
  public static final int LAST_LEVEL = 3;

  private final String label;
  private final int shift;
  private final int tg0;
  private final int tg1;
  private final int tgTlbi;

  Granule(String label, int shift, int tg0, int tg1, int tgTlbi) {
    this.label = label;
    this.shift = shift;
    this.tg0 = tg0;
    this.tg1 = tg1;
    this.tgTlbi = tgTlbi;
  }

  /** The name people write, such as {@code 4KB}. */
  public String label() {
    return label;
  }

  /** log2 of the size in bytes: 12, 14 or 16. */
  public int shift() {
    return shift;
  }

  /** Size in bytes. */
  public long bytes() {
    return 1L << shift;
  }

  /** Address bits that one full table resolves: 9, 11 or 13. */
  public int bitsPerLevel() {
    return shift - 3;
  }

  /** 64-bit descriptors in one full table. */
  public int entries() {
    return 1 << bitsPerLevel();
  }

  /** Encoding in TCR_ELx.TG0 and CD.TG0. */
  public int tgStage1() {
    return tg0;
  }

  /** Encoding in TCR_ELx.TG1 and CD.TG1, which differs from {@link #tgStage1()}. */
  public int tg1() {
    return tg1;
  }

  /** Encoding in VTCR_EL2.TG0 and STE.S2TG. */
  public int tgStage2() {
    return tg0;
  }

  /** Encoding in the TG field of range and TTL invalidations, where 0 means none (IHI 0070 4.4). */
  public int tgTlbi() {
    return tgTlbi;
  }

  /**
   * The granule whose page has {@code 1 << shift} bytes.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Granule ofShift(int shift) {
    for (Granule granule : values()) {
      if (granule.shift == shift) {
        return granule;
      }
    }
    throw new IllegalArgumentException("no granule of 2^" + shift + " bytes");
  }

  /** The granule of a TCR_ELx.TG0 or CD.TG0 value; null if it is reserved. */
  public static Granule ofTgStage1(long tg) {
    return ofTgStage2(tg);
  }

  /** The granule of a TCR_ELx.TG1 or CD.TG1 value; null if it is reserved. */
  public static Granule ofTg1(long tg) {
    return tg == SIZE_4K.tg1
        ? SIZE_4K
        : tg == SIZE_16K.tg1 ? SIZE_16K : tg == SIZE_64K.tg1 ? SIZE_64K : null;
  }

  /** The granule of a VTCR_EL2.TG0 or STE.S2TG value; null if it is reserved. */
  public static Granule ofTgStage2(long tg) {
    return tg == SIZE_4K.tg0
        ? SIZE_4K
        : tg == SIZE_16K.tg0 ? SIZE_16K : tg == SIZE_64K.tg0 ? SIZE_64K : null;
  }

  /** The granule of an invalidation's TG value; null for 0, which names none. */
  public static Granule ofTgTlbi(long tg) {
    return tg == SIZE_4K.tgTlbi
        ? SIZE_4K
        : tg == SIZE_16K.tgTlbi ? SIZE_16K : tg == SIZE_64K.tgTlbi ? SIZE_64K : null;
  }

  /**
   * The earliest level that a walk can start at: -1, 0 or 1. Levels -1 (4KB) and, at stage 2, 0
   * (16KB) need {@link AddressFormat#LPA2}.
   */
  public int firstLevel() {
    return switch (this) {
      case SIZE_4K -> -1;
      case SIZE_16K -> 0;
      case SIZE_64K -> 1;
    };
  }

  /**
   * Lowest address bit that {@code level} resolves: a descriptor there covers 2 to this many bytes.
   *
   * @param level -1 to 3
   */
  public int levelShift(int level) {
    return shift + (LAST_LEVEL - level) * bitsPerLevel();
  }

  /** Bytes that one descriptor at {@code level} covers. */
  public long levelBytes(int level) {
    return 1L << levelShift(level);
  }

  /** Index of {@code address}'s descriptor in a full table of {@code level}. */
  public int index(long address, int level) {
    return (int) (address >>> levelShift(level)) & (entries() - 1);
  }

  /**
   * The lowest-numbered level that may hold block descriptors (DDI 0487 tables D8-17, D8-27,
   * D8-36).
   *
   * @param format an address format of more than 48 bits allows blocks one level earlier
   */
  public int firstBlockLevel(AddressFormat format) {
    int level = this == SIZE_4K ? 1 : 2;
    return format == AddressFormat.BITS_48 ? level : level - 1;
  }

  /** Whether a descriptor at {@code level} may be a block. */
  public boolean blockAllowed(int level, AddressFormat format) {
    return level < LAST_LEVEL && level >= firstBlockLevel(format);
  }
}
