package portcullis.hyp.smmuv3;

/**
 * A walk of the shadow stage-2, written for the fixture's format alone: 4KB granule, 32-bit input,
 * start level 1 with a root of four entries.
 */
final class Stage2Oracle {
  private static final long ADDRESS = 0xffff_ffff_f000L;

  private Stage2Oracle() {}

  /** Whether the table behind every stream maps {@code ipa}, and to itself. */
  static boolean maps(Fixture fixture, long ipa) {
    long[] leaf = leaf(fixture, ipa);
    return leaf[0] != 0 && (leaf[0] & ADDRESS & -leaf[1]) == (ipa & -leaf[1]);
  }

  /** The block or page descriptor for {@code ipa}, 0 if there is none; and how much it maps. */
  static long[] leaf(Fixture fixture, long ipa) {
    long[] ste = new long[8];
    fixture.driver.root().fillSte(ste, false);
    long table = ste[3] & ADDRESS;
    long gigabyte = fixture.memory.read64(table + (ipa >>> 30) * 8);
    if ((gigabyte & 3) != 3) {
      return valid(gigabyte, 1L << 30);
    }
    long block = fixture.memory.read64((gigabyte & ADDRESS) + ((ipa >>> 21) & 0x1ff) * 8);
    if ((block & 3) != 3) {
      return valid(block, 1L << 21);
    }
    long page = fixture.memory.read64((block & ADDRESS) + ((ipa >>> 12) & 0x1ff) * 8);
    return (page & 3) == 3 ? new long[] {page, 1L << 12} : new long[] {0, 1L << 12};
  }

  private static long[] valid(long descriptor, long bytes) {
    return new long[] {(descriptor & 1) == 1 ? descriptor : 0, bytes};
  }
}
