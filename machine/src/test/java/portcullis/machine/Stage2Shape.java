package portcullis.machine;

/**
 * What a stage-2 table looks like, with the encodings of VTCR_EL2, VTTBR_EL2 and descriptors
 * written out by hand.
 *
 * @param pageBits 12, 14 or 16
 * @param startLevel -1 to 3
 * @param t0sz 64 less the bits of input address
 * @param ps 0 to 6
 * @param ds 52-bit addresses with 4KB and 16KB pages
 */
record Stage2Shape(int pageBits, int startLevel, int t0sz, int ps, boolean ds) {
  private static final int[] OUTPUT_BITS = {32, 36, 40, 42, 44, 48, 52};

  /** 4KB pages, 39 bits in, 48 bits out, start at level 1: a host's table as Linux has it. */
  static final Stage2Shape COMMON = new Stage2Shape(12, 1, 25, 5, false);

  int inputBits() {
    return 64 - t0sz;
  }

  /** Whether a descriptor can hold 52 bits of address. */
  boolean wide() {
    return ds || pageBits == 16;
  }

  /** Whether VTTBR_EL2 holds 52 bits of address: else bits 5:2 are RES0 below the table's size. */
  boolean wideBase() {
    return ds || (pageBits == 16 && ps == 6);
  }

  int outputBits() {
    return Math.min(OUTPUT_BITS[ps], wide() ? 52 : 48);
  }

  /** log2 of what a descriptor at {@code level} covers. */
  int levelBits(int level) {
    return pageBits + (3 - level) * (pageBits - 3);
  }

  long tableBytes() {
    return 1L << pageBits;
  }

  /** Descriptors at the start level. */
  long rootEntries() {
    return 1L << Math.max(0, inputBits() - levelBits(startLevel));
  }

  boolean blockAllowed(int level) {
    return switch (pageBits) {
      case 12 -> level == 1 || level == 2 || (level == 0 && ds);
      case 14 -> level == 2 || (level == 1 && ds);
      default -> level == 1 || level == 2;
    };
  }

  long vtcr() {
    int sl = pageBits == 12 ? new int[] {4, 2, 1, 0, 3}[startLevel + 1] : 3 - startLevel;
    return vtcr(sl);
  }

  long vtcr(int sl) {
    long tg = pageBits == 12 ? 0 : pageBits == 16 ? 1 : 2;
    return t0sz
        | (sl & 3L) << 6
        | tg << 14
        | (long) ps << 16
        | 1L << 31
        | (ds ? 1L << 32 : 0)
        | (long) (sl >> 2) << 33;
  }

  /** Address bits 51:48 stand in bits 5:2. */
  long vttbr(long root) {
    return root & 0x0000_ffff_ffff_ffc0L | root >>> 48 << 2;
  }

  /** The address bits of a descriptor. */
  long encode(long address) {
    if (pageBits == 16) {
      return address & 0x0000_ffff_ffff_0000L | (address >>> 48) << 12;
    }
    return ds
        ? address & 0x0003_ffff_ffff_f000L | (address >>> 50) << 8
        : address & 0x0000_ffff_ffff_f000L;
  }
}
