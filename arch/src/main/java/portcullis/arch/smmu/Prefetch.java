package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** Fields of CMD_PREFETCH_CONFIG and CMD_PREFETCH_ADDR (IHI 0070 4.2). */
public final class Prefetch {
  // Only declares: the layout of each command picks its own from these (Opcode).
  private static final Layout.Builder FIELDS =
      new Layout.Builder("Prefetch", 128, "IHI 0070 4.2", Version.SMMU_3_0);

  /** StreamID is Secure; must be 0 on the Non-secure queue. */
  public static final Field SSEC =
      FIELDS.flag("SSec", 0, 10, "StreamID is Secure; must be 0 on the Non-secure queue");

  /** SubstreamID is valid. */
  public static final Field SSV = FIELDS.flag("SSV", 0, 11, "SubstreamID is valid");

  /** SubstreamID. */
  public static final Field SUBSTREAMID = FIELDS.field("SubstreamID", 0, 31, 12, "SubstreamID");

  /** StreamID. */
  public static final Field STREAMID = FIELDS.field("StreamID", 0, 63, 32, "StreamID");

  /** Log2 of the translations wanted. */
  public static final Field SIZE = FIELDS.field("Size", 1, 4, 0, "log2 of the translations wanted");

  /** Log2 of the gap between addresses, in units of 4KB. */
  public static final Field STRIDE =
      FIELDS.field(
          "Stride",
          1,
          9,
          5,
          Version.SMMU_3_1,
          "log2 of the gap between addresses, in units of 4KB");

  /** IPA is Non-secure; only for Secure streams. */
  public static final Field NS =
      FIELDS.flag("NS", 1, 11, Version.SMMU_3_2, "IPA is Non-secure; only for Secure streams");

  /** First address. */
  public static final Field ADDRESS = FIELDS.address("Address", 1, 63, 12, "first address");

  private Prefetch() {}
}
