package portcullis.arch.vmsa;

/** Where a VMSAv8-64 descriptor holds the bits of its address (DDI 0487 D8.3.1). */
public enum AddressFormat {
  /** Bits 47:n in place, none above. */
  BITS_48(48, 0, 0),

  /** 64KB granule with FEAT_LPA: bits 47:16 in place, address bits 51:48 in bits 15:12. */
  LPA(48, 0xf000L, 36),

  /** 4KB or 16KB granule with TCR_ELx.DS: bits 49:n in place, address bits 51:50 in bits 9:8. */
  LPA2(50, 0x300L, 42);

  private final long inPlace;
  private final long moved;
  private final int distance;

  /**
   * A format.
   *
   * @param placed the lowest so many address bits are in place
   * @param moved where the descriptor has those above
   * @param distance how much higher they are in an address
   */
  AddressFormat(int placed, long moved, int distance) {
    this.inPlace = (1L << placed) - 1;
    this.moved = moved;
    this.distance = distance;
  }

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
    return (descriptor & inPlace & -1L << lowestBit) | (descriptor & moved) << distance;
  }

  /**
   * The descriptor bits that hold {@code address}, every other bit zero.
   *
   * @param address aligned to the granule, less than 2<sup>{@link #bits()}</sup>
   */
  public long of(long address) {
    assert address >>> bits() == 0 : "address 0x" + Long.toHexString(address) + " is too wide";
    return (address & inPlace) | (address >>> distance & moved);
  }
}
