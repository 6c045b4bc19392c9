package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * Every architected event, by its number (IHI 0070 7.3).
 *
 * <p>Numbers 0xE0 to 0xEF are IMPLEMENTATION DEFINED, all others not listed here are reserved.
 */
public enum EventType {
  F_UUT(
      0x01,
      Version.SMMU_3_0,
      "7.3.2",
      "unsupported upstream transaction",
      Event.SSV,
      Event.SUBSTREAMID,
      Event.REASON,
      Event.PNU,
      Event.IND,
      Event.RNW,
      Event.INPUTADDR),
  C_BAD_STREAMID(
      0x02, Version.SMMU_3_0, "7.3.3", "StreamID out of range", Event.SSV, Event.SUBSTREAMID),
  F_STE_FETCH(
      0x03,
      Version.SMMU_3_0,
      "7.3.4",
      "fetch of an STE was aborted",
      Event.SSV,
      Event.SUBSTREAMID,
      Event.REASON,
      Event.GPCF,
      Event.FETCHADDR),
  C_BAD_STE(
      0x04, Version.SMMU_3_0, "7.3.5", "STE invalid or illegal", Event.SSV, Event.SUBSTREAMID),
  F_BAD_ATS_TREQ(
      0x05,
      Version.SMMU_3_0,
      "7.3.6",
      "ATS Translation Request not allowed for the stream",
      Event.SSV,
      Event.SUBSTREAMID,
      Event.ATS_SPAN,
      Event.ATS_PRIV,
      Event.ATS_X,
      Event.ATS_W,
      Event.ATS_R,
      Event.INPUTADDR),
  F_STREAM_DISABLED(
      0x06,
      Version.SMMU_3_0,
      "7.3.7",
      "stream does not allow traffic without a SubstreamID, or with SubstreamID 0"),
  F_TRANSL_FORBIDDEN(
      0x07,
      Version.SMMU_3_0,
      "7.3.8",
      "ATS Translated transaction not allowed for the stream",
      Event.RNW,
      Event.INPUTADDR),
  C_BAD_SUBSTREAMID(
      0x08,
      Version.SMMU_3_0,
      "7.3.9",
      "SubstreamID out of range, or not allowed for the stream",
      Event.SUBSTREAMID),
  F_CD_FETCH(
      0x09,
      Version.SMMU_3_0,
      "7.3.10",
      "fetch of a CD was aborted",
      Event.SSV,
      Event.SUBSTREAMID,
      Event.REASON,
      Event.GPCF,
      Event.FETCHADDR),
  C_BAD_CD(0x0a, Version.SMMU_3_0, "7.3.11", "CD invalid or illegal", Event.SSV, Event.SUBSTREAMID),
  F_WALK_EABT(
      0x0b,
      Version.SMMU_3_0,
      "7.3.12",
      "access to a translation table was aborted",
      Event.SSV,
      Event.SUBSTREAMID,
      Event.REASON,
      Event.GPCF,
      Event.PNU,
      Event.IND,
      Event.RNW,
      Event.S2,
      Event.CLASS,
      Event.INPUTADDR,
      Event.FETCHADDR),
  F_TRANSLATION(
      0x10,
      Version.SMMU_3_0,
      "7.3.13",
      "no valid translation",
      Event.SSV,
      Event.SUBSTREAMID,
      Event.STAG,
      Event.STALL,
      Event.PNU,
      Event.IND,
      Event.RNW,
      Event.S2,
      Event.CLASS,
      Event.NSIPA,
      Event.INPUTADDR,
      Event.IPA),
  F_ADDR_SIZE(
      0x11,
      Version.SMMU_3_0,
      "7.3.14",
      "output address of a stage out of range",
      Event.SSV,
      Event.SUBSTREAMID,
      Event.STAG,
      Event.STALL,
      Event.PNU,
      Event.IND,
      Event.RNW,
      Event.S2,
      Event.CLASS,
      Event.NSIPA,
      Event.INPUTADDR,
      Event.IPA),
  F_ACCESS(
      0x12,
      Version.SMMU_3_0,
      "7.3.15",
      "Access flag clear",
      Event.SSV,
      Event.SUBSTREAMID,
      Event.STAG,
      Event.STALL,
      Event.PNU,
      Event.IND,
      Event.RNW,
      Event.S2,
      Event.CLASS,
      Event.NSIPA,
      Event.INPUTADDR,
      Event.IPA),
  F_PERMISSION(
      0x13,
      Version.SMMU_3_0,
      "7.3.16",
      "access not permitted",
      Event.SSV,
      Event.SUBSTREAMID,
      Event.STAG,
      Event.STALL,
      Event.PNU,
      Event.IND,
      Event.RNW,
      Event.S2,
      Event.CLASS,
      Event.NSIPA,
      Event.TTRNW,
      Event.INPUTADDR,
      Event.IPA),
  F_TLB_CONFLICT(
      0x20,
      Version.SMMU_3_0,
      "7.3.17",
      "conflicting TLB entries",
      Event.SSV,
      Event.SUBSTREAMID,
      Event.REASON,
      Event.PNU,
      Event.IND,
      Event.RNW,
      Event.S2,
      Event.INPUTADDR,
      Event.IPA),
  F_CFG_CONFLICT(
      0x21,
      Version.SMMU_3_0,
      "7.3.18",
      "conflicting configuration cache entries",
      Event.SSV,
      Event.SUBSTREAMID,
      Event.REASON),
  E_PAGE_REQUEST(
      0x24,
      Version.SMMU_3_0,
      "7.3.19",
      "hint that a device will access a span of addresses",
      Event.SSV,
      Event.SUBSTREAMID,
      Event.PAGE_UX,
      Event.PAGE_UW,
      Event.PAGE_UR,
      Event.PAGE_PX,
      Event.PAGE_PW,
      Event.PAGE_PR,
      Event.PAGE_SPAN,
      Event.PAGE_ADDR),
  F_VMS_FETCH(
      0x25,
      Version.SMMU_3_2,
      "7.3.20",
      "fetch of a VMS was aborted",
      Event.SSV,
      Event.SUBSTREAMID,
      Event.REASON,
      Event.GPCF,
      Event.FETCHADDR);

  private static final EventType[] BY_CODE = new EventType[0x100];

  static {
    for (EventType type : values()) {
      BY_CODE[type.code] = type;
    }
  }

  private final int code;
  private final Version since;
  private final String meaning;

  @SuppressWarnings("ImmutableEnumChecker") // a record of immutable lists
  private final Layout layout;

  EventType(int code, Version since, String section, String meaning, Field... fields) {
    this.code = code;
    this.since = since;
    this.meaning = meaning;
    this.layout =
        new Layout.Builder(name(), 256, "IHI 0070 " + section, since)
            .use(Event.TYPE, Event.STREAMID)
            .use(fields)
            .build();
  }

  /** The event number, as {@link Event#TYPE} holds it. */
  public int code() {
    return code;
  }

  /** The revision that introduced the event. */
  public Version since() {
    return since;
  }

  /** One line: what happened. */
  public String meaning() {
    return meaning;
  }

  /** The record's four words. */
  public Layout layout() {
    return layout;
  }

  /**
   * Whether the transaction may be stalled by this event: then the record has {@link Event#STALL}
   * and {@link Event#STAG}.
   */
  public boolean mayStall() {
    return layout.fields().contains(Event.STALL);
  }

  /**
   * The event with a number.
   *
   * @param code any value; only the architected numbers have an event
   * @return the event, or null if {@code code} is reserved or IMPLEMENTATION DEFINED
   */
  public static EventType of(int code) {
    return (code & ~0xff) == 0 ? BY_CODE[code] : null;
  }
}
