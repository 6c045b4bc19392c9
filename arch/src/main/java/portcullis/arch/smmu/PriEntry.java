package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** An entry of the PRI queue, two 64-bit words: a page request that a device sent (IHI 0070 8). */
public final class PriEntry {
  /** Size of an entry in 64-bit words. */
  public static final int WORDS = 2;

  /** Size of an entry in bytes. */
  public static final int BYTES = 16;

  private static final Layout.Builder FIELDS =
      new Layout.Builder("PRI queue entry", 128, "IHI 0070 8", Version.SMMU_3_0);

  /** StreamID. */
  public static final Field STREAMID = FIELDS.field("StreamID", 0, 31, 0, "StreamID");

  /** SubstreamID (PASID). */
  public static final Field SUBSTREAMID =
      FIELDS.field("SubstreamID", 0, 51, 32, "SubstreamID (PASID)");

  /** Privileged access requested. */
  public static final Field PRIV = FIELDS.flag("Priv", 0, 58, "privileged access requested");

  /** Execute access requested. */
  public static final Field X = FIELDS.flag("X", 0, 59, "execute access requested");

  /** Read access requested. */
  public static final Field R = FIELDS.flag("R", 0, 60, "read access requested");

  /** Write access requested. */
  public static final Field W = FIELDS.flag("W", 0, 61, "write access requested");

  /** Last request of its group. */
  public static final Field LAST = FIELDS.flag("Last", 0, 62, "last request of its group");

  /** SubstreamID is valid. */
  public static final Field SSV = FIELDS.flag("SSV", 0, 63, "SubstreamID is valid");

  /** Page request group index. */
  public static final Field PRGINDEX =
      FIELDS.field("PRGIndex", 1, 8, 0, "page request group index");

  /** Page address. */
  public static final Field ADDRESS = FIELDS.address("Page address", 1, 63, 12, "page address");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private PriEntry() {}
}
