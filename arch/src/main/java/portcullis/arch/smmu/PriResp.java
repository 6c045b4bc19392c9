package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** Fields of CMD_PRI_RESP, the answer to a page request group (IHI 0070 4.5.2). */
public final class PriResp {
  /** {@link #RESP}: permanent error. */
  public static final int RESP_FAILURE = 0b00;

  /** {@link #RESP}: page-in unsuccessful. */
  public static final int RESP_INVALID = 0b01;

  /** {@link #RESP}: all pages are in. */
  public static final int RESP_SUCCESS = 0b10;

  // Only declares: the layout of each command picks its own from these (Opcode).
  private static final Layout.Builder FIELDS =
      new Layout.Builder("PriResp", 128, "IHI 0070 4.5.2", Version.SMMU_3_0);

  /** SubstreamID is valid. */
  public static final Field SSV = FIELDS.flag("SSV", 0, 11, "SubstreamID is valid");

  /** SubstreamID. */
  public static final Field SUBSTREAMID = FIELDS.field("SubstreamID", 0, 31, 12, "SubstreamID");

  /** StreamID. */
  public static final Field STREAMID = FIELDS.field("StreamID", 0, 63, 32, "StreamID");

  /** Page request group index. */
  public static final Field PRGINDEX =
      FIELDS.field("PRGIndex", 1, 8, 0, "page request group index");

  /** Response; 0b11 is illegal. */
  public static final Field RESP =
      FIELDS.choice(
          "Resp",
          1,
          13,
          12,
          "response",
          value(0b00, "ResponseFailure"),
          value(0b01, "InvalidRequest"),
          value(0b10, "Success"));

  private PriResp() {}
}
