package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * Fields of event records: four 64-bit words (IHI 0070 7.3). Which of them a record has depends on
 * its type, see {@link EventType#layout()}.
 */
public final class Event {
  /** Size of a record in 64-bit words. */
  public static final int WORDS = 4;

  /** Size of a record in bytes. */
  public static final int BYTES = 32;

  /** {@link #CLASS}: the fetch of a CD. */
  public static final int CLASS_CD = 0b00;

  /** {@link #CLASS}: the fetch of a stage 1 translation table descriptor. */
  public static final int CLASS_TT = 0b01;

  /** {@link #CLASS}: the address of the transaction itself. */
  public static final int CLASS_IN = 0b10;

  // Only declares: the layout of each event picks its own from these (EventType).
  private static final Layout.Builder FIELDS =
      new Layout.Builder("Event", 256, "IHI 0070 7.3", Version.SMMU_3_0);

  /** Event number, see {@link EventType}. */
  public static final Field TYPE = FIELDS.field("TYPE", 0, 7, 0, "event number");

  /** SubstreamID is valid. */
  public static final Field SSV = FIELDS.flag("SSV", 0, 11, "SubstreamID is valid");

  /** SubstreamID. */
  public static final Field SUBSTREAMID = FIELDS.field("SubstreamID", 0, 31, 12, "SubstreamID");

  /** StreamID. */
  public static final Field STREAMID = FIELDS.field("StreamID", 0, 63, 32, "StreamID");

  /** IMPLEMENTATION DEFINED reason. */
  public static final Field REASON =
      FIELDS.field("Reason", 1, 15, 0, "IMPLEMENTATION DEFINED reason");

  /** Tag to resume the stalled transaction with. */
  public static final Field STAG =
      FIELDS.field("STAG", 1, 15, 0, "tag to resume the stalled transaction with");

  /** Abort came from a Granule Protection Check. */
  public static final Field GPCF =
      FIELDS.flag("GPCF", 1, 16, Version.SMMU_3_3, "abort came from a Granule Protection Check");

  /** Transaction is stalled. */
  public static final Field STALL = FIELDS.flag("Stall", 1, 31, "transaction is stalled");

  /** Privilege of the access. */
  public static final Field PNU =
      FIELDS.choice(
          "PnU",
          1,
          33,
          33,
          "privilege of the access",
          Encodings.flag("Unprivileged", "Privileged"));

  /** Instruction or data access. */
  public static final Field IND =
      FIELDS.choice(
          "InD", 1, 34, 34, "instruction or data access", Encodings.flag("Data", "Instruction"));

  /** Read or write access. */
  public static final Field RNW =
      FIELDS.choice("RnW", 1, 35, 35, "read or write access", Encodings.flag("Write", "Read"));

  /** Stage of the fault. */
  public static final Field S2 =
      FIELDS.choice("S2", 1, 39, 39, "stage of the fault", Encodings.flag("stage 1", "stage 2"));

  /** What was being translated. */
  public static final Field CLASS =
      FIELDS.choice(
          "CLASS",
          1,
          41,
          40,
          "what was being translated",
          value(CLASS_CD, "CD"),
          value(CLASS_TT, "TT"),
          value(CLASS_IN, "IN"));

  /** IPA is Non-secure; 0 on the Non-secure queue. */
  public static final Field NSIPA =
      FIELDS.flag("NSIPA", 1, 42, Version.SMMU_3_2, "IPA is Non-secure; 0 on the Non-secure queue");

  /** Table access that faulted, if CLASS is TT. */
  public static final Field TTRNW =
      FIELDS.choice(
          "TTRnW",
          1,
          44,
          44,
          "table access that faulted, if CLASS is TT",
          Encodings.flag("Write", "Read"));

  /** Translation units that an ATS request asked for (F_BAD_ATS_TREQ only). */
  public static final Field ATS_SPAN = FIELDS.field("Span", 1, 3, 0, "translation units requested");

  /** An ATS request asked for privileged access (F_BAD_ATS_TREQ only). */
  public static final Field ATS_PRIV = FIELDS.flag("Priv", 1, 28, "privileged access requested");

  /** An ATS request asked for execute access (F_BAD_ATS_TREQ only). */
  public static final Field ATS_X = FIELDS.flag("X", 1, 29, "execute access requested");

  /** An ATS request asked for write access (F_BAD_ATS_TREQ only). */
  public static final Field ATS_W = FIELDS.flag("W", 1, 30, "write access requested");

  /** An ATS request asked for read access (F_BAD_ATS_TREQ only). */
  public static final Field ATS_R = FIELDS.flag("R", 1, 31, "read access requested");

  /** Unprivileged execute is to come (E_PAGE_REQUEST only). */
  public static final Field PAGE_UX = FIELDS.flag("uX", 1, 34, "unprivileged execute expected");

  /** Unprivileged write is to come (E_PAGE_REQUEST only). */
  public static final Field PAGE_UW = FIELDS.flag("uW", 1, 35, "unprivileged write expected");

  /** Unprivileged read is to come (E_PAGE_REQUEST only). */
  public static final Field PAGE_UR = FIELDS.flag("uR", 1, 36, "unprivileged read expected");

  /** Privileged execute is to come (E_PAGE_REQUEST only). */
  public static final Field PAGE_PX = FIELDS.flag("pX", 1, 37, "privileged execute expected");

  /** Privileged write is to come (E_PAGE_REQUEST only). */
  public static final Field PAGE_PW = FIELDS.flag("pW", 1, 38, "privileged write expected");

  /** Privileged read is to come (E_PAGE_REQUEST only). */
  public static final Field PAGE_PR = FIELDS.flag("pR", 1, 39, "privileged read expected");

  /** Size of the access to come, in units of 4KB (E_PAGE_REQUEST only). */
  public static final Field PAGE_SPAN =
      FIELDS.field("Span", 1, 51, 44, "size of the access to come, in units of 4KB");

  /** Address that the transaction came with. */
  public static final Field INPUTADDR =
      FIELDS.address("InputAddr", 2, 63, 0, "address that the transaction came with");

  /** First page of the access to come (E_PAGE_REQUEST only). */
  public static final Field PAGE_ADDR =
      FIELDS.address("InputAddr", 2, 63, 12, "first page of the access to come");

  /** IPA that faulted, if at stage 2. */
  public static final Field IPA =
      FIELDS.address("IPA", 3, 51, 12, "IPA that faulted, if at stage 2");

  /** Physical address of the fetch that was aborted. */
  public static final Field FETCHADDR =
      FIELDS.address("FetchAddr", 3, 51, 3, "physical address of the fetch that was aborted");

  /** What a record of any type has. */
  public static final Layout LAYOUT =
      new Layout.Builder("event record", 256, "IHI 0070 7.3", Version.SMMU_3_0)
          .use(TYPE, STREAMID)
          .build();

  private Event() {}
}
