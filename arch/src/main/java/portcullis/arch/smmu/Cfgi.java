package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** Fields of CMD_CFGI_*, the invalidation of cached configuration (IHI 0070 4.3). */
public final class Cfgi {
  /** {@link #RANGE} that makes CMD_CFGI_STE_RANGE a CMD_CFGI_ALL: the StreamID is ignored. */
  public static final int RANGE_ALL = 31;

  // Only declares: the layout of each command picks its own from these (Opcode).
  private static final Layout.Builder FIELDS =
      new Layout.Builder("Cfgi", 128, "IHI 0070 4.3", Version.SMMU_3_0);

  /** StreamID is Secure; must be 0 on the Non-secure queue. */
  public static final Field SSEC =
      FIELDS.flag("SSec", 0, 10, "StreamID is Secure; must be 0 on the Non-secure queue");

  /** SubstreamID. */
  public static final Field SUBSTREAMID = FIELDS.field("SubstreamID", 0, 31, 12, "SubstreamID");

  /** StreamID. */
  public static final Field STREAMID = FIELDS.field("StreamID", 0, 63, 32, "StreamID");

  /** VMID whose cached PARTID_MAP is invalidated (CMD_CFGI_VMS_PIDM only). */
  public static final Field VMID =
      FIELDS.field(
          "VMID", 0, 47, 32, Version.SMMU_3_2, "VMID whose cached PARTID_MAP is invalidated");

  /** Only the last level, not the level 1 descriptors that led to it. */
  public static final Field LEAF =
      FIELDS.flag("Leaf", 1, 0, "only the last level, not the level 1 descriptors that led to it");

  /** The command covers an aligned range of 2<sup>Range + 1</sup> StreamIDs. */
  public static final Field RANGE =
      FIELDS.field("Range", 1, 4, 0, "2^(Range+1) StreamIDs, aligned; 31 is all (CMD_CFGI_ALL)");

  private Cfgi() {}
}
