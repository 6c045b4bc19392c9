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
    long[] ste = new long[8];
    fixture.driver.root().fillSte(ste, false);
    long table = ste[3] & ADDRESS;
    long gigabyte = fixture.memory.read64(table + (ipa >>> 30) * 8);
    if ((gigabyte & 3) == 1) {
      return (gigabyte & ADDRESS & -(1L << 30)) == (ipa & -(1L << 30));
    }
    if ((gigabyte & 1) == 0) {
      return false;
    }
    long block = fixture.memory.read64((gigabyte & ADDRESS) + ((ipa >>> 21) & 0x1ff) * 8);
    if ((block & 3) == 1) {
      return (block & ADDRESS & -(1L << 21)) == (ipa & -(1L << 21));
    }
    if ((block & 1) == 0) {
      return false;
    }
    long page = fixture.memory.read64((block & ADDRESS) + ((ipa >>> 12) & 0x1ff) * 8);
    return (page & 3) == 3 && (page & ADDRESS) == (ipa & ADDRESS);
  }
}
