package portcullis.hyp.smmuv3;

import static portcullis.hyp.smmuv3.RegisterPolicy.Guard.CMDQEN;
import static portcullis.hyp.smmuv3.RegisterPolicy.Guard.EVENTQEN;
import static portcullis.hyp.smmuv3.RegisterPolicy.Guard.PRIQEN;
import static portcullis.hyp.smmuv3.RegisterPolicy.Guard.SMMUEN;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import portcullis.arch.Field;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.EventqCons;
import portcullis.arch.smmu.EventqProd;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.Page;
import portcullis.arch.smmu.PriqCons;
import portcullis.arch.smmu.PriqProd;
import portcullis.arch.smmu.Register;

/**
 * What the emulation does with each access of the host to its registers (series part 14): one row
 * for each register of pages 0 and 1 and of a Command queue control page, one for each kind of
 * access that meets no register.
 */
public final class RegisterPolicy {

  /** What a read gives. */
  public enum Read {
    /** Hardware's register. */
    HARDWARE("hardware"),
    /** Hardware's register, only the fields that the row shows. */
    MASKED("hardware, masked"),
    /** As masked, and ATS and PRI only where EL2 can split ATS. */
    IDR0("hardware, masked, ATS and PRI if ATS can be split"),
    /** As masked, and SIDSIZE no larger than EL2's stream table. */
    IDR1("hardware, masked, SIDSIZE capped"),
    /** What the host wrote last, or what the emulation keeps. */
    SHADOW("shadow"),
    /** The enables that have taken effect, after going on with those that the host has written. */
    CR0ACK("the emulation's acknowledgement"),
    /** What the host wrote last, with ABORT set and Update clear. */
    GBPA("shadow, ABORT"),
    /** Hardware's errors that pass, and those that EL2 raised. */
    GERROR("merged errors"),
    /** The host's acknowledgements. */
    GERRORN("the host's acknowledgements"),
    /** The host's own queue's index. */
    CMDQ_PROD("the host's queue"),
    /** The host's own queue's index and error, after going on with what it has produced. */
    CMDQ_CONS("the host's queue"),
    /** Zero. */
    ZERO("zero");

    private final String words;

    Read(String words) {
      this.words = words;
    }
  }

  /** What a write does. */
  public enum Write {
    /** Nothing. */
    IGNORE("ignored"),
    /** It is kept for the host to read, and for EL2 to use. */
    SHADOW("shadow"),
    /** To hardware as it came. */
    FORWARD("forward"),
    /** To hardware, only the fields that the row passes. */
    REWRITE("rewrite, masked"),
    /** Enables and disables: pins, shadows, forwards, and acknowledges. */
    CR0("enable and disable"),
    /** Update completes, nothing passes. */
    GBPA("shadow, Update completes"),
    /** Acknowledges errors. */
    GERRORN("acknowledge"),
    /** The host's queue is read, filtered and carried out. */
    CMDQ_PROD("filter the host's commands"),
    /** The host's own queue's index. */
    CMDQ_CONS("the host's queue");

    private final String words;

    Write(String words) {
      this.words = words;
    }
  }

  /** When a write counts: as in hardware, not while the host has enabled what it describes. */
  public enum Guard {
    /** Always. */
    NONE(0, ""),
    /** Only while CR0.SMMUEN is 0. */
    SMMUEN(Cr0.SMMUEN.mask(), " while SMMUEN=0"),
    /** Only while CR0.CMDQEN is 0. */
    CMDQEN(Cr0.CMDQEN.mask(), " while CMDQEN=0"),
    /** Only while CR0.PRIQEN is 0. */
    PRIQEN(Cr0.PRIQEN.mask(), " while PRIQEN=0"),
    /** Only while CR0.EVENTQEN is 0. */
    EVENTQEN(Cr0.EVENTQEN.mask(), " while EVENTQEN=0");

    private final long enables;
    private final String words;

    Guard(long enables, String words) {
      this.enables = enables;
      this.words = words;
    }

    /** Whether a write counts when the bits of {@code cr0} are set or still acknowledged. */
    boolean open(long cr0) {
      return (cr0 & enables) == 0;
    }
  }

  /**
   * One register.
   *
   * @param shown the bits that a read lets through, whatever its verdict
   * @param passed the bits that a write lets through, unless it is {@link Write#FORWARD}
   */
  public record Row(
      Register register,
      Read read,
      long shown,
      Write write,
      long passed,
      Guard guard,
      String reason)
      implements PolicyRow {
    @Override
    public String name() {
      return register.name();
    }

    @Override
    public String verdict() {
      return "read " + readVerdict() + "; write " + writeVerdict();
    }

    /** The verdict on a read. */
    String readVerdict() {
      return read.words;
    }

    /** The verdict on a write. */
    String writeVerdict() {
      return write.words + guard.words;
    }
  }

  /** An access that meets no register as the architecture has it accessed. */
  public enum Stray {
    /** No register there, IMPLEMENTATION DEFINED ones and aliases of page 1 included. */
    NO_REGISTER,
    /** Beyond register page 1 and in no control page: VATOS and IMPLEMENTATION DEFINED pages. */
    BEYOND_PAGE_1,
    /** One or two bytes. */
    NARROW,
    /** Eight bytes at a register of four. */
    WIDE,
    /** Not a multiple of its own size. */
    MISALIGNED,
    /** Any, while the SMMU has no power. */
    WITHOUT_POWER
  }

  /** What a stray access gives. */
  public enum Outcome {
    /** Reads as zero, writes are ignored. */
    RAZ_WI,
    /** The host takes a synchronous external abort. */
    ABORT
  }

  /** One kind of stray access. */
  public record StrayRow(Stray stray, Outcome outcome, String reason) implements PolicyRow {
    @Override
    public String name() {
      return stray.name();
    }

    @Override
    public String verdict() {
      return outcome == Outcome.RAZ_WI ? "read zero; write ignored" : "abort";
    }
  }

  private static final long ALL = -1;
  private static final String IDENTITY = "says what it is, gives no access";
  private static final String MSI =
      "an MSI is a write to an address that no stage translates: IDR0.MSI is hidden";
  private static final String ATOS = "IDR0.ATOS is hidden: it would answer for stage 2";
  private static final String MPAM = "IDR3.MPAM is hidden";
  private static final String ECMDQ = "IDR1.ECMDQ is hidden: EL2 has the only queue";
  private static final String DPT = "IDR3.DPT is hidden";

  /** What isolation needs. */
  public static final RegisterPolicy DEFAULT =
      new RegisterPolicy(
          List.of(
              idr0(
                  "hides S2P, VMID16, VMW, Hyp (EL2's), DORMHINT, MSI (untranslated writes), ATOS;"
                      + " ATS and PRI where translated requests would bypass stage 2",
                  Idr0.S1P,
                  Idr0.TTF,
                  Idr0.COHACC,
                  Idr0.BTM,
                  Idr0.HTTU,
                  Idr0.ATS,
                  Idr0.ASID16,
                  Idr0.SEV,
                  Idr0.PRI,
                  Idr0.CD2L,
                  Idr0.TTENDIAN,
                  Idr0.STALL_MODEL,
                  Idr0.TERM_MODEL,
                  Idr0.ST_LEVEL),
              new Row(
                  Register.IDR1,
                  Read.IDR1,
                  mask(
                      Idr1.SIDSIZE,
                      Idr1.SSIDSIZE,
                      Idr1.PRIQS,
                      Idr1.EVENTQS,
                      Idr1.CMDQS,
                      Idr1.ATTR_PERMS_OVR,
                      Idr1.ATTR_TYPES_OVR),
                  Write.IGNORE,
                  0,
                  Guard.NONE,
                  "no more streams than EL2 shadows; hides ECMDQ"),
              hidden(Register.IDR2, ATOS),
              shown(
                  Register.IDR3,
                  "hides what belongs to stage 2 (XNX, FWB, S2PI, S2PO), MPAM, DPT, and what EL2"
                      + " does not know",
                  Idr3.HAD,
                  Idr3.STT,
                  Idr3.RIL,
                  Idr3.BBML,
                  Idr3.E0PD,
                  Idr3.EPAN),
              hidden(Register.IDR4, "IMPLEMENTATION DEFINED: nothing vouches for it"),
              shown(
                  Register.IDR5,
                  "hides DS and D128: EL2's table is not in these formats",
                  Idr5.OAS,
                  Idr5.GRAN4K,
                  Idr5.GRAN16K,
                  Idr5.GRAN64K,
                  Idr5.VAX,
                  Idr5.STALL_MAX),
              identity(Register.IIDR),
              identity(Register.AIDR),
              new Row(
                  Register.CR0,
                  Read.SHADOW,
                  ALL,
                  Write.CR0,
                  mask(Cr0.SMMUEN, Cr0.PRIQEN, Cr0.EVENTQEN, Cr0.CMDQEN, Cr0.ATSCHK),
                  Guard.NONE,
                  "what it enables is pinned and shadowed first; hardware's CMDQEN and ATSCHK stay"
                      + " 1, VMW 0"),
              new Row(
                  Register.CR0ACK,
                  Read.CR0ACK,
                  ALL,
                  Write.IGNORE,
                  0,
                  Guard.NONE,
                  "when the shadow is ready and hardware has acknowledged"),
              new Row(
                  Register.CR1,
                  Read.SHADOW,
                  ALL,
                  Write.SHADOW,
                  ALL,
                  Guard.NONE,
                  "hardware has EL2's attributes, for EL2's tables"),
              new Row(
                  Register.CR2,
                  Read.MASKED,
                  mask(Cr2.RECINVSID, Cr2.PTM),
                  Write.REWRITE,
                  mask(Cr2.RECINVSID, Cr2.PTM),
                  SMMUEN,
                  "E2H is EL2's; EL2 does not rely on broadcast invalidation"),
              hidden(
                  Register.STATUSR,
                  "IDR0.DORMHINT is hidden: the host's invalidations tell EL2 what to shadow"
                      + " afresh, also when hardware caches nothing"),
              new Row(
                  Register.GBPA,
                  Read.GBPA,
                  ALL,
                  Write.GBPA,
                  mask(
                      Gbpa.UPDATE,
                      Gbpa.MEMATTR,
                      Gbpa.MTCFG,
                      Gbpa.ALLOCCFG,
                      Gbpa.SHCFG,
                      Gbpa.PRIVCFG,
                      Gbpa.INSTCFG),
                  Guard.NONE,
                  "with SMMUEN=0 traffic is aborted, for ever: bypass is every page"),
              hidden(Register.AGBPA, "IMPLEMENTATION DEFINED: nothing vouches for it"),
              new Row(
                  Register.IRQ_CTRL,
                  Read.MASKED,
                  mask(IrqCtrl.GERROR_IRQEN, IrqCtrl.PRIQ_IRQEN, IrqCtrl.EVENTQ_IRQEN),
                  Write.REWRITE,
                  mask(IrqCtrl.GERROR_IRQEN, IrqCtrl.PRIQ_IRQEN, IrqCtrl.EVENTQ_IRQEN),
                  Guard.NONE,
                  "wired interrupts only, those that EL2 raises too: the MSI addresses are zero"),
              shown(
                  Register.IRQ_CTRLACK,
                  "wired interrupts only",
                  IrqCtrl.GERROR_IRQEN,
                  IrqCtrl.PRIQ_IRQEN,
                  IrqCtrl.EVENTQ_IRQEN),
              new Row(
                  Register.GERROR,
                  Read.GERROR,
                  ALL,
                  Write.IGNORE,
                  0,
                  Guard.NONE,
                  "CMDQ_ERR is about the host's queue, hardware's is about EL2's"),
              new Row(
                  Register.GERRORN,
                  Read.GERRORN,
                  ALL,
                  Write.GERRORN,
                  ALL,
                  Guard.NONE,
                  "acknowledges to EL2 what EL2 raised, to hardware the rest"),
              hidden(Register.GERROR_IRQ_CFG0, MSI),
              hidden(Register.GERROR_IRQ_CFG1, MSI),
              hidden(Register.GERROR_IRQ_CFG2, MSI),
              recorded(
                  Register.STRTAB_BASE,
                  SMMUEN,
                  "hardware has EL2's stream table; the host's is pinned when enabled"),
              recorded(
                  Register.STRTAB_BASE_CFG,
                  SMMUEN,
                  "hardware has EL2's stream table; the host's is pinned when enabled"),
              recorded(
                  Register.CMDQ_BASE,
                  CMDQEN,
                  "hardware has EL2's command queue; the host's is pinned when enabled"),
              new Row(
                  Register.CMDQ_PROD,
                  Read.CMDQ_PROD,
                  ALL,
                  Write.CMDQ_PROD,
                  ALL,
                  Guard.NONE,
                  "each command is copied once, judged, and only then given to hardware"),
              new Row(
                  Register.CMDQ_CONS,
                  Read.CMDQ_CONS,
                  ALL,
                  Write.CMDQ_CONS,
                  ALL,
                  CMDQEN,
                  "an index into the host's queue, wrapped at each use"),
              recorded(
                  Register.EVENTQ_BASE,
                  EVENTQEN,
                  "hardware gets it once the memory is pinned, when enabled"),
              hidden(Register.EVENTQ_IRQ_CFG0, MSI),
              hidden(Register.EVENTQ_IRQ_CFG1, MSI),
              hidden(Register.EVENTQ_IRQ_CFG2, MSI),
              recorded(
                  Register.PRIQ_BASE,
                  PRIQEN,
                  "hardware gets it once the memory is pinned, when enabled"),
              hidden(Register.PRIQ_IRQ_CFG0, MSI),
              hidden(Register.PRIQ_IRQ_CFG1, MSI),
              hidden(Register.PRIQ_IRQ_CFG2, MSI),
              hidden(Register.GATOS_CTRL, ATOS),
              hidden(Register.GATOS_SID, ATOS),
              hidden(Register.GATOS_ADDR, ATOS),
              hidden(Register.GATOS_PAR, ATOS),
              hidden(Register.MPAMIDR, MPAM),
              hidden(Register.GMPAM, MPAM),
              hidden(Register.GBPMPAM, MPAM),
              hidden(Register.VATOS_SEL, ATOS),
              hidden(Register.IDR6, ECMDQ),
              hidden(Register.DPT_BASE, DPT),
              hidden(Register.DPT_BASE_CFG, DPT),
              hidden(Register.DPT_CFG_FAR, DPT),
              identity(Register.PIDR4),
              identity(Register.PIDR5),
              identity(Register.PIDR6),
              identity(Register.PIDR7),
              identity(Register.PIDR0),
              identity(Register.PIDR1),
              identity(Register.PIDR2),
              identity(Register.PIDR3),
              identity(Register.CIDR0),
              identity(Register.CIDR1),
              identity(Register.CIDR2),
              identity(Register.CIDR3),
              hidden(Register.CMDQ_CONTROL_PAGE_BASE, ECMDQ),
              hidden(Register.CMDQ_CONTROL_PAGE_CFG, ECMDQ),
              hidden(Register.CMDQ_CONTROL_PAGE_STATUS, ECMDQ),
              new Row(
                  Register.EVENTQ_PROD,
                  Read.HARDWARE,
                  ALL,
                  Write.REWRITE,
                  mask(EventqProd.WR, EventqProd.OVFLG),
                  EVENTQEN,
                  "an index: hardware wraps it within the pinned queue"),
              new Row(
                  Register.EVENTQ_CONS,
                  Read.HARDWARE,
                  ALL,
                  Write.REWRITE,
                  mask(EventqCons.RD, EventqCons.OVACKFLG),
                  Guard.NONE,
                  "an index: only says how full the queue is"),
              new Row(
                  Register.PRIQ_PROD,
                  Read.HARDWARE,
                  ALL,
                  Write.REWRITE,
                  mask(PriqProd.WR, PriqProd.OVFLG),
                  PRIQEN,
                  "an index: hardware wraps it within the pinned queue"),
              new Row(
                  Register.PRIQ_CONS,
                  Read.HARDWARE,
                  ALL,
                  Write.REWRITE,
                  mask(PriqCons.RD, PriqCons.OVACKFLG),
                  Guard.NONE,
                  "an index: only says how full the queue is"),
              hidden(Register.ECMDQ_BASE, ECMDQ),
              hidden(Register.ECMDQ_PROD, ECMDQ),
              hidden(Register.ECMDQ_CONS, ECMDQ)),
          List.of(
              raz(Stray.NO_REGISTER, "reserved locations read as zero (IHI 0070 6.2)"),
              raz(
                  Stray.BEYOND_PAGE_1,
                  "VATOS is hidden; nothing vouches for IMPLEMENTATION DEFINED pages"),
              raz(Stray.NARROW, "UNPREDICTABLE (IHI 0070 6.2) below 32 bits: the least it can do"),
              raz(Stray.WIDE, "UNPREDICTABLE (IHI 0070 6.2) at 32 bits: the least it can do"),
              raz(Stray.MISALIGNED, "UNPREDICTABLE (IHI 0070 6.2) unaligned: the least it can do"),
              new StrayRow(
                  Stray.WITHOUT_POWER,
                  Outcome.ABORT,
                  "nothing answers, and software must not ask (IHI 0070 3.19)")));

  private final List<Row> rows;
  private final List<StrayRow> strays;
  private final Map<Register, Row> byRegister = new EnumMap<>(Register.class);
  private final Map<Stray, StrayRow> byStray = new EnumMap<>(Stray.class);

  private RegisterPolicy(List<Row> rows, List<StrayRow> strays) {
    this.rows = List.copyOf(rows);
    this.strays = List.copyOf(strays);
    for (Row row : rows) {
      byRegister.put(row.register(), row);
    }
    for (StrayRow row : strays) {
      byStray.put(row.stray(), row);
    }
    for (Register register : Register.values()) {
      if (register.page() != Page.VATOS && !byRegister.containsKey(register)) {
        throw new IllegalArgumentException(register + " needs a row");
      }
    }
    if (byStray.size() != Stray.values().length) {
      throw new IllegalArgumentException("every kind of stray access needs a row");
    }
  }

  /** A copy with {@code changed} in place of the row for the same register. */
  public RegisterPolicy with(Row changed) {
    List<Row> copy = new ArrayList<>(rows);
    copy.replaceAll(row -> row.register() == changed.register() ? changed : row);
    return new RegisterPolicy(copy, strays);
  }

  /** A copy with {@code changed} in place of the row for the same kind of access. */
  public RegisterPolicy with(StrayRow changed) {
    List<StrayRow> copy = new ArrayList<>(strays);
    copy.replaceAll(row -> row.stray() == changed.stray() ? changed : row);
    return new RegisterPolicy(rows, copy);
  }

  /** All registers' rows, by offset. */
  public List<Row> rows() {
    return rows;
  }

  /** All rows of accesses that meet no register. */
  public List<StrayRow> strays() {
    return strays;
  }

  /** The row of {@code register}, which is none of the VATOS page. */
  public Row row(Register register) {
    return byRegister.get(register);
  }

  /** The row of {@code stray}. */
  public StrayRow row(Stray stray) {
    return byStray.get(stray);
  }

  private static long mask(Field... fields) {
    long mask = 0;
    for (Field field : fields) {
      mask |= field.mask();
    }
    return mask;
  }

  private static Row shown(Register register, String reason, Field... fields) {
    return new Row(register, Read.MASKED, mask(fields), Write.IGNORE, 0, Guard.NONE, reason);
  }

  private static Row idr0(String reason, Field... fields) {
    return new Row(Register.IDR0, Read.IDR0, mask(fields), Write.IGNORE, 0, Guard.NONE, reason);
  }

  private static Row identity(Register register) {
    return new Row(register, Read.HARDWARE, ALL, Write.IGNORE, 0, Guard.NONE, IDENTITY);
  }

  private static Row hidden(Register register, String reason) {
    return new Row(register, Read.ZERO, 0, Write.IGNORE, 0, Guard.NONE, reason);
  }

  private static Row recorded(Register register, Guard guard, String reason) {
    return new Row(register, Read.SHADOW, ALL, Write.SHADOW, ALL, guard, reason);
  }

  private static StrayRow raz(Stray stray, String reason) {
    return new StrayRow(stray, Outcome.RAZ_WI, reason);
  }
}
