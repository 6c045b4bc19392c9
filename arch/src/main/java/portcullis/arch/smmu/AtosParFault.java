package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import java.util.stream.Stream;
import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Value;
import portcullis.arch.Version;

/**
 * SMMU_GATOS_PAR and SMMU_VATOS_PAR after failure, {@link #FAULT} 1: why (IHI 0070 6.3.40, 9.1.4,
 * 9.1.5).
 */
public final class AtosParFault {
  /** REASON: stage 1, or not from translation. */
  public static final int NOT_STAGE_2 = 0b00;

  /** REASON: stage 2, for the fetch of a CD. */
  public static final int STAGE_2_CD = 0b01;

  /** REASON: stage 2, for the fetch of a stage-1 descriptor. */
  public static final int STAGE_2_TABLE = 0b10;

  /** REASON: stage 2, for its input address. */
  public static final int STAGE_2_INPUT = 0b11;

  /** FAULTCODE: terminated for another reason. */
  public static final int INTERNAL_ERR = 0xfd;

  /** FAULTCODE: a stage that the stream has not. */
  public static final int INV_STAGE = 0xfe;

  /** FAULTCODE: malformed. */
  public static final int INV_REQ = 0xff;

  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_*ATOS_PAR", 64, "IHI 0070 6.3.40", Version.SMMU_3_0);

  /** Outcome: selects between this layout and {@link AtosPar}. */
  public static final Field FAULT =
      FIELDS.choice("FAULT", 0, 0, 0, "outcome", Encodings.flag("success", "fault"));

  /** What the fault is attributed to. */
  public static final Field REASON =
      FIELDS.choice(
          "REASON",
          0,
          2,
          1,
          "what the fault is attributed to",
          value(NOT_STAGE_2, "stage 1, or not from translation"),
          value(STAGE_2_CD, "stage 2, CD fetch"),
          value(STAGE_2_TABLE, "stage 2, stage 1 table walk"),
          value(STAGE_2_INPUT, "stage 2, input address"));

  /** Fault code. */
  public static final Field FAULTCODE =
      FIELDS.choice("FAULTCODE", 0, 11, 4, "fault code", faultCodes());

  /** Stage 2 fault page address. */
  public static final Field FADDR =
      FIELDS.address("FADDR", 0, 51, 12, "stage 2 fault page address");

  /** IMPLEMENTATION DEFINED fault data. */
  public static final Field IMPDEF =
      FIELDS.field("IMPLEMENTATION DEFINED", 0, 63, 60, "IMPLEMENTATION DEFINED fault data");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private AtosParFault() {}

  /** The events that a translation may end in, under their own numbers, and three more. */
  private static Value[] faultCodes() {
    Stream<Value> events =
        Stream.of(
                EventType.C_BAD_STREAMID,
                EventType.F_STE_FETCH,
                EventType.C_BAD_STE,
                EventType.F_STREAM_DISABLED,
                EventType.C_BAD_SUBSTREAMID,
                EventType.F_CD_FETCH,
                EventType.C_BAD_CD,
                EventType.F_WALK_EABT,
                EventType.F_TRANSLATION,
                EventType.F_ADDR_SIZE,
                EventType.F_ACCESS,
                EventType.F_PERMISSION,
                EventType.F_TLB_CONFLICT,
                EventType.F_CFG_CONFLICT,
                EventType.F_VMS_FETCH)
            .map(event -> value(event.code(), event.name()));
    Stream<Value> others =
        Stream.of(
            value(INTERNAL_ERR, "INTERNAL_ERR"),
            value(INV_STAGE, "INV_STAGE"),
            value(INV_REQ, "INV_REQ"));
    return Stream.concat(events, others).toArray(Value[]::new);
  }
}
