package portcullis.hyp;

import portcullis.platform.PhysicalMemory;

/** A stage-2 walk written from DDI 0487 D8 alone, to judge the hypervisor's tables by. */
final class SlowWalk {
  private SlowWalk() {}

  /** The block or page descriptor that maps {@code ipa} to itself; -1 if unmapped. */
  static long stage2(PhysicalMemory memory, long vttbr, long vtcr, long ipa) {
    int inputBits = 64 - (int) (vtcr & 0x3f);
    int sl0 = (int) (vtcr >>> 6) & 3;
    int shift = new int[] {12, 16, 14}[(int) (vtcr >>> 14) & 3];
    int level = shift == 12 ? 2 - sl0 : 3 - sl0;
    int bits = shift - 3;
    if (ipa >>> inputBits != 0) {
      return -1;
    }
    int lsb = shift + (3 - level) * bits;
    long table = vttbr & 0x0000_ffff_ffff_fffeL;
    long descriptor = memory.read64(table + (ipa >>> lsb) * 8);
    while ((descriptor & 3) == 3 && level < 3) {
      table = descriptor & 0x0000_ffff_ffff_ffffL & -(1L << shift);
      level++;
      lsb -= bits;
      descriptor = memory.read64(table + (ipa >>> lsb & ((1L << bits) - 1)) * 8);
    }
    boolean leaf = level == 3 ? (descriptor & 3) == 3 : (descriptor & 3) == 1;
    if (!leaf) {
      return -1;
    }
    long out = descriptor & 0x0000_ffff_ffff_ffffL & -(1L << lsb);
    if (out != (ipa & -(1L << lsb))) {
      throw new AssertionError("0x%x is mapped to 0x%x: no identity".formatted(ipa, out));
    }
    return descriptor;
  }
}
