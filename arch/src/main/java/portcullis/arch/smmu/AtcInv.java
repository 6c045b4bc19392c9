package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** Fields of CMD_ATC_INV, the invalidation of a device's translation cache (IHI 0070 4.5.1). */
public final class AtcInv {
  /** {@link #SIZE} that covers all addresses; more may be illegal. */
  public static final int SIZE_ALL = 52;

  // Only declares: the layout of each command picks its own from these (Opcode).
  private static final Layout.Builder FIELDS =
      new Layout.Builder("AtcInv", 128, "IHI 0070 4.5.1", Version.SMMU_3_0);

  /** Global Invalidate flag of the request. */
  public static final Field GLOBAL =
      FIELDS.flag("Global", 0, 9, "Global Invalidate flag of the request");

  /** SubstreamID is valid. */
  public static final Field SSV = FIELDS.flag("SSV", 0, 11, "SubstreamID is valid");

  /** SubstreamID. */
  public static final Field SUBSTREAMID = FIELDS.field("SubstreamID", 0, 31, 12, "SubstreamID");

  /** StreamID. */
  public static final Field STREAMID = FIELDS.field("StreamID", 0, 63, 32, "StreamID");

  /** Log2 of the span in units of 4KB; 52 is all. */
  public static final Field SIZE =
      FIELDS.field("Size", 1, 5, 0, "log2 of the span in units of 4KB; 52 is all");

  /** Address, taken as aligned to the span. */
  public static final Field ADDRESS =
      FIELDS.address("Address", 1, 63, 12, "address, taken as aligned to the span");

  private AtcInv() {}
}
