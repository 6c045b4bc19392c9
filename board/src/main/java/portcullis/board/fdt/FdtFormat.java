package portcullis.board.fdt;

/** The numbers of the flattened format (Devicetree Specification v0.4, 5.2 and 5.4). */
final class FdtFormat {
  static final int MAGIC = 0xd00dfeed;
  static final int VERSION_16 = 16;
  static final int VERSION_17 = 17;

  /** Offsets of the header's 32-bit fields. */
  static final int H_MAGIC = 0;

  static final int H_TOTALSIZE = 4;
  static final int H_OFF_DT_STRUCT = 8;
  static final int H_OFF_DT_STRINGS = 12;
  static final int H_OFF_MEM_RSVMAP = 16;
  static final int H_VERSION = 20;
  static final int H_LAST_COMP_VERSION = 24;
  static final int H_SIZE_DT_STRINGS = 32;
  static final int H_SIZE_DT_STRUCT = 36;

  /** Bytes of the header; version 16 has no {@code size_dt_struct}. */
  static final int HEADER_BYTES_16 = 36;

  static final int HEADER_BYTES_17 = 40;

  static final int BEGIN_NODE = 1;
  static final int END_NODE = 2;
  static final int PROP = 3;
  static final int NOP = 4;
  static final int END = 9;

  private FdtFormat() {}

  /** {@code offset} rounded up to a multiple of 4, as tokens are aligned. */
  static int align(int offset) {
    return (offset + 3) & ~3;
  }
}
