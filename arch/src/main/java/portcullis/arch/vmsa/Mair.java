package portcullis.arch.vmsa;

/**
 * MAIR_ELx, and CD.MAIR1:CD.MAIR0: eight bytes of memory type that a stage 1 descriptor's AttrIndx
 * selects from (DDI 0487 D24.2.127; IHI 0070 5.4).
 */
public final class Mair {
  /** Device-nGnRnE. */
  public static final int DEVICE_NGNRNE = 0x00;

  /** Device-nGnRE. */
  public static final int DEVICE_NGNRE = 0x04;

  /** Normal, outer and inner Non-cacheable. */
  public static final int NORMAL_NC = 0x44;

  /** Normal, outer and inner Write-Back non-transient, Read- and Write-Allocate. */
  public static final int NORMAL_WB = 0xff;

  private Mair() {}

  /**
   * Attribute byte {@code index} of {@code mair}.
   *
   * @param index 0 to 7, as AttrIndx
   */
  public static int attribute(long mair, int index) {
    return (int) (mair >>> (8 * index)) & 0xff;
  }

  /** {@code attribute} as byte {@code index} of a MAIR, every other byte zero. */
  public static long of(int index, int attribute) {
    return (attribute & 0xffL) << (8 * index);
  }

  /** Whether {@code attribute} is Device memory. */
  public static boolean isDevice(int attribute) {
    return (attribute & 0xf0) == 0;
  }
}
