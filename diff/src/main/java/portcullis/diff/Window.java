package portcullis.diff;

import portcullis.qemu.VirtMap;

/**
 * Where a case's structures lie in memory, the same on both sides. Each kind has a region of its
 * own, so that the address of a fetch tells what was fetched.
 */
final class Window {
  /** Bytes of RAM from {@link VirtMap#RAM_BASE} on. */
  static final long RAM_BYTES = 64L << 20;

  /** First byte behind RAM. */
  static final long RAM_END = VirtMap.RAM_BASE + RAM_BYTES;

  /** Two commands that drop all that an SMMU caches, and what {@link QemuSide} needs itself. */
  static final long RESET_QUEUE = VirtMap.RAM_BASE + 0x1_0000;

  /** Where data read by DMA is brought to be looked at. */
  static final long SCRATCH = VirtMap.RAM_BASE + 0x1_8000;

  /** Level 1 Stream table descriptors, or STEs of a linear table. */
  static final long STREAM_TABLE = VirtMap.RAM_BASE + 0x2_0000;

  /** STEs of a two-level table. */
  static final long STREAM_TABLE_2 = VirtMap.RAM_BASE + 0x4_0000;

  static final long STREAM_TABLE_END = VirtMap.RAM_BASE + 0x8_0000;

  static final long COMMANDS = VirtMap.RAM_BASE + 0x10_0000;

  static final long EVENTS = VirtMap.RAM_BASE + 0x11_0000;

  static final long CONTEXTS = VirtMap.RAM_BASE + 0x20_0000;

  static final long CONTEXTS_END = VirtMap.RAM_BASE + 0x28_0000;

  static final long STAGE_1 = VirtMap.RAM_BASE + 0x80_0000;

  static final long STAGE_1_END = VirtMap.RAM_BASE + 0x100_0000;

  static final long STAGE_2 = STAGE_1_END;

  static final long STAGE_2_END = VirtMap.RAM_BASE + 0x180_0000;

  /** What DMA is for: each 4-byte word here is unlike any other. */
  static final long DATA = VirtMap.RAM_BASE + 0x180_0000;

  static final int DATA_BYTES = 1 << 19;

  /** Nothing answers from here on (QEMU's {@code virt} has nothing above 1 TiB). */
  static final long NOWHERE = 1L << 41;

  /** The machine's first address behind RAM that something else may answer at. */
  private static final long HIGH_DEVICES = 0x40_0000_0000L;

  private Window() {}

  static boolean ram(long address) {
    return address >= VirtMap.RAM_BASE && address < RAM_END;
  }

  /** Whether a device of QEMU's machine may answer: a case must not go there. */
  static boolean device(long address) {
    boolean nothing = (address >= RAM_END && address < HIGH_DEVICES) || address >= NOWHERE;
    return !ram(address) && !nothing;
  }

  /** Whether DMA is meant to reach {@code address}. */
  static boolean data(long address) {
    return address >= DATA && address < DATA + DATA_BYTES;
  }

  /** What the data word at {@code address}, a multiple of 4, holds. */
  static int datum(long address) {
    return 0xd000_0000 | (int) ((address - DATA) >>> 2) * 4 + 1;
  }
}
