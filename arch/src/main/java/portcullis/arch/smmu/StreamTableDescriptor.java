package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * Level 1 Stream Table Descriptor (L1STD): one 64-bit word that locates an array of STEs (IHI 0070
 * 5.1).
 */
public final class StreamTableDescriptor {
  /** The largest {@link #SPAN} that is not reserved; it locates 2<sup>10</sup> STEs. */
  public static final int SPAN_MAX = 11;

  /** Size in bytes. */
  public static final int BYTES = 8;

  private static final Layout.Builder L1STD =
      new Layout.Builder("L1STD", 64, "IHI 0070 5.1", Version.SMMU_3_0);

  /** 0: no STEs here; 1 to {@value #SPAN_MAX}: 2<sup>SPAN - 1</sup> STEs; above: behaves as 0. */
  public static final Field SPAN =
      L1STD.choice(
          "Span",
          0,
          4,
          0,
          "size of the level 2 array, and whether L2Ptr is valid",
          Encodings.counted(0, SPAN_MAX, StreamTableDescriptor::spanName));

  /**
   * Physical address of the level 2 array. The SMMU takes bits {@code SPAN + 4} and below as zero:
   * the array is aligned to its size.
   */
  public static final Field L2PTR =
      L1STD.address("L2Ptr", 0, 51, 6, "physical address of the level 2 array");

  /** All fields. */
  public static final Layout LAYOUT = L1STD.build();

  private StreamTableDescriptor() {}

  private static String spanName(int span) {
    return span == 0 ? "L2Ptr invalid" : (1 << (span - 1)) + " STEs";
  }
}
