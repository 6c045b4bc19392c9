package portcullis.machine.smmuv3;

import portcullis.arch.smmu.EventType;
import portcullis.machine.smmuv3.attributes.MpamIds;
import portcullis.machine.smmuv3.caches.StageResult;
import portcullis.machine.smmuv3.structures.DecodedCd;
import portcullis.machine.smmuv3.structures.DecodedSte;
import portcullis.machine.smmuv3.structures.FaultModel;

/**
 * One transaction and what became of it: an answer that {@link SmmuV3#translate} fills in.
 *
 * <p>Reusable, so that a translation allocates nothing: a client device keeps one. It also carries
 * the working registers of the translation (the fetched STE and CD, both stages' results), none of
 * which has a meaning outside one call. Not thread-safe.
 */
public final class Translation {

  /** The SubstreamID of a transaction without one (SSV = 0). */
  public static final int NO_SUBSTREAM = -1;

  private static final int UNLABELLED = -1;

  /** The stream's STE and CD, in the configuration caches; set when they were found. */
  DecodedSte ste;

  DecodedCd cd;
  final StageResult stage1 = new StageResult();
  final StageResult stage2 = new StageResult();

  private int streamId;
  private int substreamId = NO_SUBSTREAM;
  private long iova;
  private AccessType type = AccessType.READ;
  private boolean privileged;
  private boolean instruction;
  private int needed;

  private Outcome outcome = Outcome.ABORTED;
  private Path path = Path.BYPASS;
  private long pa;
  private int memoryAttributes;

  /** PARTID and PMG where no STE or CD says them, else {@link #UNLABELLED}. */
  private int label = UNLABELLED;

  private boolean fromTlb;

  private String abortReason = "";
  private EventType event;
  private int stage;
  private FaultClass faultClass = FaultClass.IN;
  private boolean tableWrite;
  private long ipa;
  private long fetchAddress;
  private FaultModel faultModel = FaultModel.ABORT;
  private int stag;
  private long request;

  /** Whether STE.PRIVCFG and STE.INSTCFG apply. */
  private final boolean overridable;

  /** A transaction that is still to come. */
  public Translation() {
    this(true);
  }

  private Translation(boolean overridable) {
    this.overridable = overridable;
  }

  /** One whose PnU and InD no STE overrides: that of an ATOS request (IHI 0070 9). */
  static Translation ofAtos() {
    return new Translation(false);
  }

  /** Starts a new transaction, which {@link #succeed} or a fault ends. */
  void begin(int stream, int substream, long address, AccessType access) {
    streamId = stream;
    substreamId = substream;
    iova = address;
    type = access;
    privileged = access.privileged();
    instruction = access.instruction();
    needed = access.needed();
    label = UNLABELLED;
    event = null;
    request = 0;
    fromTlb = false;
  }

  /**
   * Says that this is no transaction but a request, an ATS Translation Request or a page request
   * hint, with these fields in the second word of a record of its own kind.
   */
  void ask(long itsFields) {
    request = itsFields;
  }

  /** What {@link #ask} said; 0 for transactions. */
  long request() {
    return request;
  }

  /** Where stage 1 led a transaction that passed: the IPA, or the PA without a stage 2. */
  long intermediate() {
    return switch (path) {
      case NESTED -> stage1.ipa | (iova & ((1L << stage1.shift) - 1));
      case STAGE_1 -> pa;
      case BYPASS, STAGE_2, TRANSLATED -> iova;
    };
  }

  /**
   * From here on this is the configuration, and PnU and InD are as the STE's PRIVCFG and INSTCFG
   * say.
   *
   * @param itsCd null as long as there is none
   */
  void use(DecodedSte itsSte, DecodedCd itsCd) {
    ste = itsSte;
    cd = itsCd;
    if (itsSte.overridesPermissions && overridable) {
      privileged = itsSte.privileged(type.privileged());
      instruction = itsSte.instruction(type.instruction());
      needed = Permissions.needed(type.write(), instruction, privileged);
    }
  }

  /** The access passed by one TLB entry of both stages. Always true. */
  boolean hit() {
    fromTlb = true;
    return true;
  }

  /** Whether {@link #hit} was said of it. */
  boolean fromTlb() {
    return fromTlb;
  }

  /** PnU and InD are these, as an earlier access of the same kind found. */
  void override(boolean asPrivileged, boolean asInstruction) {
    privileged = asPrivileged;
    instruction = asInstruction;
  }

  /** PARTID and PMG are these, which no STE or CD says now. */
  void label(int ids) {
    label = ids;
  }

  /** The access goes to {@code address}. Always true, for use as a method's last statement. */
  boolean succeed(Path through, long address, int attributes) {
    outcome = Outcome.OK;
    path = through;
    pa = address;
    memoryAttributes = attributes;
    return true;
  }

  /**
   * Terminated without an event. Always false.
   *
   * @param reason which register or STE field said so
   */
  boolean abort(String reason) {
    failed(null, 0, FaultClass.IN, 0, 0);
    suppress(reason);
    return false;
  }

  private boolean failed(
      EventType type, int atStage, FaultClass operation, long address, long fetched) {
    outcome = Outcome.FAULT;
    event = type;
    stage = atStage;
    faultClass = operation;
    tableWrite = false;
    ipa = address;
    fetchAddress = fetched;
    faultModel = FaultModel.ABORT;
    return false;
  }

  /** What becomes of a transaction whose translation fault this is (IHI 0070 3.12, 5.5). */
  void react(FaultModel model) {
    faultModel = model;
  }

  /** The fault just raised is not to be recorded: CD.R or STE.S2R is 0 (IHI 0070 5.5). */
  void suppress(String reason) {
    outcome = Outcome.ABORTED;
    abortReason = reason;
  }

  /** The fault just raised stalls the transaction under {@code tag}. */
  void stall(int tag) {
    outcome = Outcome.STALLED;
    stag = tag;
  }

  /** The fault just raised would stall the transaction, which is not accepted. */
  void block() {
    outcome = Outcome.BLOCKED;
  }

  /** A configuration error or fault of no translation stage. Always false. */
  boolean fault(EventType type) {
    return failed(type, 0, FaultClass.IN, 0, 0);
  }

  /** As {@link #fault(EventType)}, with the physical address that could not be read. */
  boolean fetchFault(EventType type, long address) {
    return failed(type, 0, FaultClass.IN, 0, address);
  }

  /**
   * A fault of a translation stage. Always false.
   *
   * @param atStage 1 or 2
   * @param operation what the faulting stage was translating for
   * @param address the IPA for a stage-2 fault, else 0
   */
  boolean stageFault(EventType type, int atStage, FaultClass operation, long address) {
    return failed(type, atStage, operation, address, 0);
  }

  /** As {@link #stageFault}, with the physical address of the descriptor that was not read. */
  boolean walkAbort(int atStage, FaultClass operation, long address, long descriptorAddress) {
    return failed(EventType.F_WALK_EABT, atStage, operation, address, descriptorAddress);
  }

  /** The fault just raised is of the update of a stage-1 descriptor. */
  void byTableWrite() {
    tableWrite = true;
  }

  /** Whether the update of a stage-1 descriptor faulted, not its fetch: TTRnW is 0. */
  public boolean tableWrite() {
    return tableWrite;
  }

  /** The transaction's StreamID. */
  public int streamId() {
    return streamId;
  }

  /** The transaction's SubstreamID, or {@link #NO_SUBSTREAM}. */
  public int substreamId() {
    return substreamId;
  }

  /** The address as the device gave it. */
  public long iova() {
    return iova;
  }

  /** What the device asked for, before STE.PRIVCFG and STE.INSTCFG. */
  public AccessType type() {
    return type;
  }

  /** PnU after the STE's override. */
  public boolean privileged() {
    return privileged;
  }

  /** InD after the STE's override; never for a write. */
  public boolean instruction() {
    return instruction && !type.write();
  }

  /** What both stages must allow, as {@link Permissions} packs it. */
  int needed() {
    return needed;
  }

  /** Why nothing is recorded; meaningful when the outcome is {@link Outcome#ABORTED}. */
  public String abortReason() {
    return abortReason;
  }

  /** How it ended. */
  public Outcome outcome() {
    return outcome;
  }

  /** Whether the access may go to {@link #pa()}. */
  public boolean ok() {
    return outcome == Outcome.OK;
  }

  /** Which stages the access went through; meaningful when {@link #ok()}. */
  public Path path() {
    return path;
  }

  /** The physical address; meaningful when {@link #ok()}. */
  public long pa() {
    return pa;
  }

  /**
   * Output attributes: bits 7:0 as one MAIR attribute byte, bits 9:8 as a descriptor's SH (DDI 0487
   * D8.6, IHI 0070 13.1); meaningful when {@link #ok()}.
   */
  public int memoryAttributes() {
    return memoryAttributes;
  }

  /**
   * PARTID and PMG of the access, as {@link MpamIds} packs them, and of each fetch of a stage-1
   * descriptor for it (IHI 0070 17.2 to 17.4); meaningful when {@link #ok()}.
   */
  public int mpam() {
    return label != UNLABELLED ? label : cd == null ? ste.mpam : cd.mpam;
  }

  /** The PARTID of {@link #mpam}. */
  public int partId() {
    return MpamIds.partId(mpam());
  }

  /** The PMG of {@link #mpam}. */
  public int pmg() {
    return MpamIds.pmg(mpam());
  }

  /**
   * PARTID and PMG of each fetch of a CD and of a stage-2 descriptor for the access (IHI 0070
   * 17.4); meaningful when {@link #ok()}, of an access for which there may be any.
   */
  public int configurationMpam() {
    return ste.mpam;
  }

  /**
   * The fault or configuration error; null where there is none. It is to be recorded only if the
   * outcome is {@link Outcome#FAULT}: CD.R or STE.S2R may suppress the record.
   */
  public EventType event() {
    return event;
  }

  /** What becomes of the transaction; meaningful unless {@link #ok()}. */
  FaultModel faultModel() {
    return faultModel;
  }

  /**
   * Whether the device sees the transaction complete although it was terminated: a read returns
   * zero, a write is ignored (CD.A is 0).
   */
  public boolean razWi() {
    return faultModel == FaultModel.RAZ_WI
        && (outcome == Outcome.FAULT || outcome == Outcome.ABORTED);
  }

  /** The stall's tag; meaningful when the outcome is {@link Outcome#STALLED}. */
  public int stag() {
    return stag;
  }

  /** The stage that faulted: 1, 2, or 0 where no stage was reached. */
  public int stage() {
    return stage;
  }

  /** The event record's CLASS. */
  public FaultClass faultClass() {
    return faultClass;
  }

  /** The IPA of a stage-2 fault. */
  public long ipa() {
    return ipa;
  }

  /** The physical address whose fetch was aborted (F_STE_FETCH, F_CD_FETCH, F_WALK_EABT). */
  public long fetchAddress() {
    return fetchAddress;
  }
}
