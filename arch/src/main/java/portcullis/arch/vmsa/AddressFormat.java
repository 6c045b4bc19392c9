package portcullis.arch.vmsa;

/** Where a VMSAv8-64 descriptor holds the bits of its address (DDI 0487 D8.3.1). */
public enum AddressFormat {
  /** Bits 47:n in place, none above. */
  BITS_48,

  /** 64KB granule with FEAT_LPA: bits 47:16 in place, address bits 51:48 in bits 15:12. */
  LPA,

  /** 4KB or 16KB granule with TCR_ELx.DS: bits 49:n in place, address bits 51:50 in bits 9:8. */
  LPA2;

  private static final long IN_PLACE_48 = (1L << 48) - 1;
  private static final long IN_PLACE_50 = (1L << 50) - 1;

  /** The format of a granule's descriptors, with or without 52-bit addresses. */
  public static AddressFormat of(Granule granule, boolean wide) {
    if (!wide) {
      return BITS_48;
    }
    return granule == Granule.SIZE_64K ? LPA : LPA2;
  }

  /** How many address bits it can hold: 48 or 52. */
  public int bits() {
    return this == BITS_48 ? 48 : 52;
  }

  /**
   * The address that {@code descriptor} holds.
   *
   * @param lowestBit lowest address bit that the descriptor defines: {@link Granule#shift()} for a
   *     table or page, {@link Granule#levelShift} for a block; those below are zero
   */
  public long address(long descriptor, int lowestBit) {
    long low = -1L << lowestBit;
    return switch (this) {
      case BITS_48 -> descriptor & IN_PLACE_48 & low;
      case LPA -> (descriptor & IN_PLACE_48 & low) | (descriptor & 0xf000L) << 36;
      case LPA2 -> (descriptor & IN_PLACE_50 & low) | (descriptor & 0x300L) << 42;
    };
  }

  /**
   * The descriptor bits that hold {@code address}, every other bit zero.
   *
   * @param address aligned to the granule, less than 2<sup>{@link #bits()}</sup>
   */
  public long of(long address) {
    assert address >>> bits() == 0 : "address 0x" + Long.toHexString(address) + " is too wide";
    return switch (this) {
      case BITS_48 -> address;
      case LPA -> (address & IN_PLACE_48) | (address >>> 36 & 0xf000L);
      case LPA2 -> (address & IN_PLACE_50) | (address >>> 42 & 0x300L);
    };
  }
}
