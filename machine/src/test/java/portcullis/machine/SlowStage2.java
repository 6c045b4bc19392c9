package portcullis.machine;

/**
 * The CPU's stage-2 walk from DDI 0487 D8.2 and D8.15 alone, as slow and as plain as can be: by
 * division, with the tables' limits copied from the manual's tables D8-20 to D8-40.
 */
final class SlowStage2 {
  private static final int TRANSLATION = 0x04;
  private static final int ACCESS_FLAG = 0x08;
  private static final int PERMISSION = 0x0c;
  private static final int EXTERNAL = 0x14;

  private final Bus bus;

  SlowStage2(Bus bus) {
    this.bus = bus;
  }

  /** A fault as a negative number: the complement of its DFSC. */
  static long fault(int dfsc) {
    return ~(long) dfsc;
  }

  private static long faultAt(int dfsc, int level) {
    if (level >= 0) {
      return fault(dfsc + level);
    }
    return fault(dfsc == 0 ? 0x29 : dfsc == TRANSLATION ? 0x2b : 0x13);
  }

  /** Smallest and largest T0SZ of a start level, or null where the level cannot be one. */
  static int[] sizes(int pageBits, int level, boolean ds) {
    int[] sizes =
        switch (pageBits) {
          case 12 ->
              switch (level) {
                case -1 -> ds ? new int[] {12, 15} : null;
                case 0 -> new int[] {12, 24};
                case 1 -> new int[] {21, 33};
                case 2 -> new int[] {30, 42};
                default -> new int[] {39, 48};
              };
          case 14 ->
              switch (level) {
                case 0 -> ds ? new int[] {12, 16} : null;
                case 1 -> new int[] {13, 27};
                case 2 -> new int[] {24, 38};
                case 3 -> new int[] {35, 48};
                default -> null;
              };
          default ->
              switch (level) {
                case 1 -> new int[] {12, 21};
                case 2 -> new int[] {18, 34};
                case 3 -> new int[] {31, 47};
                default -> null;
              };
        };
    if (sizes != null && pageBits != 16 && !ds) {
      sizes[0] = Math.max(sizes[0], 16);
    }
    return sizes;
  }

  /** Where the access goes, or a {@link #fault}. */
  long walk(Stage2Shape shape, long root, long ipa, boolean write) {
    int[] sizes = sizes(shape.pageBits(), shape.startLevel(), shape.ds());
    if (sizes == null || shape.t0sz() < sizes[0] || shape.t0sz() > sizes[1]) {
      return fault(TRANSLATION);
    }
    if (Long.divideUnsigned(ipa, 1L << shape.inputBits()) != 0) {
      return fault(TRANSLATION);
    }
    long limit = 1L << shape.outputBits();
    if (root / limit != 0) {
      return fault(0);
    }
    long perTable = shape.tableBytes() / 8;
    long covers = shape.tableBytes();
    for (int level = 3; level > shape.startLevel(); level--) {
      covers *= perTable;
    }
    long table = root;
    for (int level = shape.startLevel(); ; level++) {
      long index = ipa / covers;
      if (level > shape.startLevel()) {
        index %= perTable;
      }
      if (!bus.responds(table + 8 * index)) {
        return faultAt(EXTERNAL, level);
      }
      long descriptor = bus.read(table + 8 * index, 8);
      boolean valid = bit(descriptor, 0);
      boolean leaf = level == 3 || !bit(descriptor, 1);
      boolean possible = level == 3 ? bit(descriptor, 1) : !leaf || shape.blockAllowed(level);
      if (!valid || !possible) {
        return faultAt(TRANSLATION, level);
      }
      long unit = leaf ? covers : shape.tableBytes();
      long address = address(shape, descriptor) / unit * unit;
      if (address / limit != 0) {
        return faultAt(0, level);
      }
      if (leaf) {
        if (!bit(descriptor, 10)) {
          return faultAt(ACCESS_FLAG, level);
        }
        return bit(descriptor, write ? 7 : 6) ? address + ipa % covers : faultAt(PERMISSION, level);
      }
      table = address;
      covers /= perTable;
    }
  }

  private static boolean bit(long word, int number) {
    return (word >>> number) % 2 != 0;
  }

  private static long address(Stage2Shape shape, long descriptor) {
    long address = 0;
    for (int bit = shape.pageBits(); bit < (shape.ds() ? 50 : 48); bit++) {
      address += bit(descriptor, bit) ? 1L << bit : 0;
    }
    for (int high = 0; shape.pageBits() == 16 && high < 4; high++) {
      address += bit(descriptor, 12 + high) ? 1L << (48 + high) : 0;
    }
    for (int high = 0; shape.ds() && high < 2; high++) {
      address += bit(descriptor, 8 + high) ? 1L << (50 + high) : 0;
    }
    return address;
  }
}
