package portcullis.hyp.smmuv3;

import java.util.ArrayList;
import java.util.List;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Opcode;

/**
 * What becomes of each command in the host's queue (series part 17): one row for each opcode of IHI
 * 0070 4.1.1, and one for all others. Where a command passes, only its defined fields do; a command
 * for a Secure StreamID (SSec) never does.
 */
public final class CommandPolicy {

  /** What the filter does. */
  public enum Verdict {
    /** To hardware, the fields that the architecture defines. */
    FORWARD("forward"),
    /** To hardware where the SMMU stalls transactions, else refused. */
    FORWARD_IF_STALLS("forward if IDR0.STALL_MODEL offers stalls"),
    /** To hardware where the host has ATS, else refused. */
    FORWARD_IF_ATS("forward if the host has ATS"),
    /** To hardware where the host has PRI, else refused. */
    FORWARD_IF_PRI("forward if the host has PRI"),
    /** To hardware, with VMID 0 and without the range fields where IDR3.RIL is 0. */
    REWRITE_VMID("rewrite: VMID 0"),
    /** To hardware without its interrupt, which EL2 raises: by wire, since MSIs are hidden. */
    REWRITE_SYNC("rewrite: CS SIG_IRQ becomes SIG_NONE, no MSI; EL2 raises the wire"),
    /** The STE is shadowed anew, then to hardware, first level included. */
    SHADOW_STE("shadow the STE, then forward"),
    /** The STEs are shadowed anew, then to hardware. */
    SHADOW_STES("shadow the STEs, then forward"),
    /** To hardware as it came. */
    COPY("copied as it is"),
    /** CERROR_ILL. */
    REFUSE("refuse: CERROR_ILL");

    private final String words;

    Verdict(String words) {
      this.words = words;
    }
  }

  /**
   * One opcode.
   *
   * @param opcode null for every opcode that the architecture does not define
   */
  public record Row(Opcode opcode, Verdict treatment, String reason) implements PolicyRow {
    @Override
    public String name() {
      return opcode == null ? "any other opcode" : opcode.commandName();
    }

    @Override
    public String verdict() {
      return treatment.words;
    }
  }

  private static final String STAGE1 = "only makes the SMMU forget what is the host's own";
  private static final String EL2 = "the host has no EL2: IDR0.Hyp is hidden";
  private static final String SECURE = "Secure queue only";
  private static final String STAGE2 = "stage 2 is EL2's: IDR0.S2P is hidden";
  private static final String PREFETCH = "a hint, walked through the shadow table";

  /** What isolation needs. */
  public static final CommandPolicy DEFAULT =
      new CommandPolicy(
          List.of(
              new Row(Opcode.PREFETCH_CONFIG, Verdict.FORWARD, PREFETCH),
              new Row(Opcode.PREFETCH_ADDR, Verdict.FORWARD, PREFETCH),
              new Row(
                  Opcode.CFGI_STE,
                  Verdict.SHADOW_STE,
                  "the host has changed an STE: hardware reads only EL2's copy"),
              new Row(
                  Opcode.CFGI_STE_RANGE,
                  Verdict.SHADOW_STES,
                  "the host has changed STEs, or all (CMD_CFGI_ALL)"),
              new Row(Opcode.CFGI_CD, Verdict.FORWARD, STAGE1),
              new Row(Opcode.CFGI_CD_ALL, Verdict.FORWARD, STAGE1),
              new Row(Opcode.CFGI_VMS_PIDM, Verdict.REFUSE, "MPAM is hidden"),
              new Row(Opcode.TLBI_NH_ALL, Verdict.REWRITE_VMID, STAGE1),
              new Row(Opcode.TLBI_NH_ASID, Verdict.REWRITE_VMID, STAGE1),
              new Row(Opcode.TLBI_NH_VA, Verdict.REWRITE_VMID, STAGE1),
              new Row(Opcode.TLBI_NH_VAA, Verdict.REWRITE_VMID, STAGE1),
              new Row(Opcode.TLBI_EL3_ALL, Verdict.REFUSE, SECURE),
              new Row(Opcode.TLBI_EL3_VA, Verdict.REFUSE, SECURE),
              new Row(Opcode.TLBI_EL2_ALL, Verdict.REFUSE, EL2),
              new Row(Opcode.TLBI_EL2_ASID, Verdict.REFUSE, EL2),
              new Row(Opcode.TLBI_EL2_VA, Verdict.REFUSE, EL2),
              new Row(Opcode.TLBI_EL2_VAA, Verdict.REFUSE, EL2),
              new Row(Opcode.TLBI_S12_VMALL, Verdict.REFUSE, STAGE2),
              new Row(Opcode.TLBI_S2_IPA, Verdict.REFUSE, STAGE2),
              new Row(
                  Opcode.TLBI_NSNH_ALL,
                  Verdict.FORWARD,
                  "every VMID here is the host's; forgetting too much harms nobody"),
              new Row(
                  Opcode.ATC_INV,
                  Verdict.FORWARD_IF_ATS,
                  "makes a device forget what the host told it; what it keeps, stage 2 translates"),
              new Row(
                  Opcode.PRI_RESP,
                  Verdict.FORWARD_IF_PRI,
                  "lets a device ask again, by an address that both stages translate"),
              new Row(
                  Opcode.RESUME,
                  Verdict.FORWARD_IF_STALLS,
                  "a retried transaction is translated afresh, through stage 2"),
              new Row(
                  Opcode.STALL_TERM, Verdict.FORWARD_IF_STALLS, "ends transactions of the host's"),
              new Row(
                  Opcode.SYNC,
                  Verdict.REWRITE_SYNC,
                  "an MSI is a write to an address that no stage translates"),
              new Row(Opcode.TLBI_S_EL2_ALL, Verdict.REFUSE, SECURE),
              new Row(Opcode.TLBI_S_EL2_ASID, Verdict.REFUSE, SECURE),
              new Row(Opcode.TLBI_S_EL2_VA, Verdict.REFUSE, SECURE),
              new Row(Opcode.TLBI_S_EL2_VAA, Verdict.REFUSE, SECURE),
              new Row(Opcode.TLBI_S_S12_VMALL, Verdict.REFUSE, SECURE),
              new Row(Opcode.TLBI_S_S2_IPA, Verdict.REFUSE, SECURE),
              new Row(Opcode.TLBI_SNH_ALL, Verdict.REFUSE, SECURE),
              new Row(Opcode.DPTI_ALL, Verdict.REFUSE, "IDR3.DPT is hidden"),
              new Row(Opcode.DPTI_PA, Verdict.REFUSE, "IDR3.DPT is hidden"),
              new Row(
                  null,
                  Verdict.REFUSE,
                  "reserved or IMPLEMENTATION DEFINED: nothing is known of what it does")));

  /** An opcode as its row and its layout say, worked out once. */
  record Rule(Row row, long defined0, long defined1, long secure0) {
    static Rule of(Row row) {
      if (row.opcode() == null) {
        return new Rule(row, -1, -1, 0);
      }
      boolean hasSsec =
          row.opcode().layout().fields().stream()
              .anyMatch(field -> field.name().equals(Cfgi.SSEC.name()));
      return new Rule(
          row,
          ~row.opcode().layout().reservedMask(0),
          ~row.opcode().layout().reservedMask(1),
          hasSsec ? Cfgi.SSEC.mask() : 0);
    }

    Verdict verdict() {
      return row.treatment();
    }

    /** Whether the command names a Secure StreamID. */
    boolean secure(long word0) {
      return (word0 & secure0) != 0;
    }
  }

  private final List<Row> rows;
  private final Rule[] byCode = new Rule[(int) Command.OPCODE.max() + 1];

  private CommandPolicy(List<Row> rows) {
    this.rows = List.copyOf(rows);
    for (Row row : rows) {
      Rule rule = Rule.of(row);
      for (int code = 0; code < byCode.length; code++) {
        if (Opcode.of(code) == row.opcode()) {
          byCode[code] = rule;
        }
      }
    }
    for (int code = 0; code < byCode.length; code++) {
      if (byCode[code] == null) {
        throw new IllegalArgumentException("opcode 0x%x needs a row".formatted(code));
      }
    }
  }

  /** A copy with {@code changed} in place of the row for the same opcode. */
  public CommandPolicy with(Row changed) {
    List<Row> copy = new ArrayList<>(rows);
    copy.replaceAll(row -> row.opcode() == changed.opcode() ? changed : row);
    return new CommandPolicy(copy);
  }

  /** All rows, by opcode. */
  public List<Row> rows() {
    return rows;
  }

  /** The architected name of the command whose first word is {@code word0}; else its opcode. */
  static String nameOf(long word0) {
    int code = (int) Command.OPCODE.get(word0);
    Opcode opcode = Opcode.of(code);
    return opcode == null ? "opcode 0x" + Integer.toHexString(code) : opcode.commandName();
  }

  /** What holds for the command whose first word is {@code word0}. */
  Rule rule(long word0) {
    return byCode[(int) Command.OPCODE.get(word0)];
  }
}
