package portcullis.arch.vmsa;

/**
 * The 3-bit encoding of an address size that TCR_EL1.IPS, VTCR_EL2.PS, CD.IPS, STE.S2PS, IDR5.OAS
 * and ID_AA64MMFR0_EL1.PARange share (DDI 0487 D24.2.224; IHI 0070 5.4).
 */
public final class AddressSize {
  /** The largest size, in bits, that VMSAv8-64 and SMMUv3.3 have. */
  public static final int MAX_BITS = 52;

  /** The largest encoding that is not reserved. */
  public static final int LAST_CODE = 6;

  private AddressSize() {}

  /**
   * Size in bits: 32, 36, 40, 42, 44, 48 or 52. The reserved encoding 7 behaves as 6.
   *
   * @param code 0 to 7
   */
  public static int bits(long code) {
    return switch ((int) code) {
      case 0 -> 32;
      case 1 -> 36;
      case 2 -> 40;
      case 3 -> 42;
      case 4 -> 44;
      case 5 -> 48;
      default -> MAX_BITS;
    };
  }

  /**
   * The smallest encoding whose size is at least {@code bits}.
   *
   * @param bits at most {@link #MAX_BITS}
   */
  public static int code(int bits) {
    assert bits <= MAX_BITS : bits + " bits cannot be encoded";
    int code = 0;
    while (code < LAST_CODE && bits(code) < bits) {
      code++;
    }
    return code;
  }
}
