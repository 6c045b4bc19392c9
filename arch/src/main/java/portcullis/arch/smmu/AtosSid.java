package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_GATOS_SID and SMMU_VATOS_SID: the stream to translate for (IHI 0070 6.3.38, 6.3.100). */
public final class AtosSid {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_*ATOS_SID", 64, "IHI 0070 6.3.38", Version.SMMU_3_0);

  /** StreamID of the request. */
  public static final Field STREAMID =
      FIELDS.field("STREAMID", 0, 31, 0, "StreamID of the request");

  /** SubstreamID of the request. */
  public static final Field SUBSTREAMID =
      FIELDS.field("SUBSTREAMID", 0, 51, 32, "SubstreamID of the request");

  /** SUBSTREAMID is valid. */
  public static final Field SSID_VALID = FIELDS.flag("SSID_VALID", 0, 52, "SUBSTREAMID is valid");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private AtosSid() {}
}
