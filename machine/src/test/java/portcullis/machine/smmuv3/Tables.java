package portcullis.machine.smmuv3;

import java.util.function.LongUnaryOperator;
import portcullis.arch.vmsa.Granule;

/**
 * Translation tables written by a test, descriptor by descriptor, for stage 1 or stage 2. Tables of
 * a nested stage 1 have two addresses: the one that descriptors name, and where they are.
 */
final class Tables {
  /** Leaf of stage 1: AF, Inner Shareable, not global, readable and writable by all, Attr0. */
  static final long STAGE1_LEAF = 1L << 11 | 1L << 10 | 0b11L << 8 | 0b01L << 6;

  /** Leaf of stage 2: AF, Inner Shareable, readable and writable, Normal Write-Back. */
  static final long STAGE2_LEAF = 1L << 10 | 0b11L << 8 | 0b11L << 6 | 0b1111L << 2;

  final Granule granule;
  final int inputBits;
  final int startLevel;
  final long root;

  private final Rig rig;
  private final LongUnaryOperator naming;
  private final LongUnaryOperator placing;

  Tables(Rig rig, Granule granule, int inputBits, int startLevel) {
    this(rig, granule, inputBits, startLevel, pa -> pa, ipa -> ipa);
  }

  /**
   * Tables whose descriptors name an intermediate address.
   *
   * @param naming from where a table is to the address that descriptors give it
   * @param placing the opposite
   */
  Tables(
      Rig rig,
      Granule granule,
      int inputBits,
      int startLevel,
      LongUnaryOperator naming,
      LongUnaryOperator placing) {
    this.rig = rig;
    this.granule = granule;
    this.inputBits = inputBits;
    this.startLevel = startLevel;
    this.naming = naming;
    this.placing = placing;
    long entries = 1L << Math.max(1, inputBits - granule.levelShift(startLevel));
    this.root = naming.applyAsLong(rig.allocate(Math.max(granule.bytes(), entries * 8)));
  }

  static Tables stage1(Rig rig, Granule granule, int inputBits) {
    int level = 3 - (inputBits - 1 - granule.shift()) / granule.bitsPerLevel();
    return new Tables(rig, granule, inputBits, level);
  }

  /** Where the descriptor of {@code input} at {@code level} is; makes the tables on the way. */
  long slot(long input, int level) {
    long offset = input & ((1L << inputBits) - 1);
    long table = root;
    for (int at = startLevel; ; at++) {
      long index = offset >>> granule.levelShift(at);
      if (at != startLevel) {
        index &= granule.entries() - 1;
      }
      long slot = placing.applyAsLong(table) + index * 8;
      if (at == level) {
        return slot;
      }
      long descriptor = rig.read(slot, 8);
      if ((descriptor & 1) == 0) {
        descriptor = naming.applyAsLong(rig.allocate(granule.bytes())) | 0b11;
        rig.write(slot, 8, descriptor);
      }
      table = descriptor & 0x0000_ffff_ffff_f000L & -granule.bytes();
    }
  }

  /** Maps a page or block of {@code level}. */
  void map(long input, long output, int level, long leaf) {
    rig.write(slot(input, level), 8, output | leaf | (level == 3 ? 0b11 : 0b01));
  }
}
