package portcullis.machine;

import java.util.function.LongUnaryOperator;
import portcullis.platform.PhysicalMemory;

/** Stage-2 tables that a test writes, descriptor by descriptor. */
final class Stage2Tables {
  /** AF, S2AP and MemAttr of memory. */
  static final long READ_WRITE = 1L << 10 | 3L << 6 | 15L << 2;

  static final long READ_ONLY = 1L << 10 | 1L << 6 | 15L << 2;
  static final long WRITE_ONLY = 1L << 10 | 2L << 6 | 15L << 2;
  static final long NO_ACCESS_FLAG = 3L << 6 | 15L << 2;

  static final long BLOCK = 0b01;
  static final long TABLE_OR_PAGE = 0b11;

  final PhysicalMemory memory;
  final Stage2Shape shape;
  final long root;
  private final LongUnaryOperator allocator;

  /**
   * An empty table.
   *
   * @param allocator from a number of bytes, a power of two, to zeroed memory aligned to it
   */
  Stage2Tables(PhysicalMemory memory, Stage2Shape shape, LongUnaryOperator allocator) {
    this.memory = memory;
    this.shape = shape;
    this.allocator = allocator;
    root = allocator.applyAsLong(Math.max(shape.rootEntries() * 8, shape.tableBytes()));
  }

  long vttbr() {
    return shape.vttbr(root);
  }

  long vtcr() {
    return shape.vtcr();
  }

  long newTable() {
    return allocator.applyAsLong(shape.tableBytes());
  }

  /** Index of {@code ipa}'s descriptor in its table of {@code level}. */
  long index(long ipa, int level) {
    long all = (ipa & (1L << shape.inputBits()) - 1) >>> shape.levelBits(level);
    return level == shape.startLevel() ? all : all % (shape.tableBytes() / 8);
  }

  /** Where the descriptor for {@code ipa} at {@code level} is; makes the tables above it. */
  long slot(long ipa, int level) {
    long table = root;
    for (int at = shape.startLevel(); at < level; at++) {
      long slot = table + index(ipa, at) * 8;
      if (memory.read64(slot) == 0) {
        memory.write64(slot, shape.encode(newTable()) | TABLE_OR_PAGE);
      }
      table = memory.read64(slot) & 0x0000_ffff_ffff_f000L;
    }
    return table + index(ipa, level) * 8;
  }

  /** Maps a page, or a block of {@code level}. Tables have 48-bit addresses here. */
  void map(long ipa, long pa, int level, long attributes) {
    long type = level == 3 ? TABLE_OR_PAGE : BLOCK;
    memory.write64(slot(ipa, level), shape.encode(pa) | attributes | type);
  }

  void map(long ipa, long pa) {
    map(ipa, pa, 3, READ_WRITE);
  }

  void unmap(long ipa) {
    memory.write64(slot(ipa, 3), 0);
  }
}
