package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * Every architected command, by its opcode (IHI 0070 4.1.1).
 *
 * <p>CMD_CFGI_ALL is CMD_CFGI_STE_RANGE with {@link Cfgi#RANGE} {@link Cfgi#RANGE_ALL}. Opcodes
 * 0x80 to 0x8F are IMPLEMENTATION DEFINED, all others not listed here are reserved.
 */
public enum Opcode {
  PREFETCH_CONFIG(
      0x01,
      Version.SMMU_3_0,
      "4.2.1",
      "prefetch the configuration of a stream",
      Prefetch.SSEC,
      Prefetch.SSV,
      Prefetch.SUBSTREAMID,
      Prefetch.STREAMID),
  PREFETCH_ADDR(
      0x02,
      Version.SMMU_3_0,
      "4.2.2",
      "prefetch the configuration and translations of a stream",
      Prefetch.SSEC,
      Prefetch.SSV,
      Prefetch.SUBSTREAMID,
      Prefetch.STREAMID,
      Prefetch.SIZE,
      Prefetch.STRIDE,
      Prefetch.NS,
      Prefetch.ADDRESS),
  CFGI_STE(
      0x03,
      Version.SMMU_3_0,
      "4.3.1",
      "invalidate the STE of a stream",
      Cfgi.SSEC,
      Cfgi.STREAMID,
      Cfgi.LEAF),
  CFGI_STE_RANGE(
      0x04,
      Version.SMMU_3_0,
      "4.3.2",
      "invalidate the STEs of a range of streams, or of all (CMD_CFGI_ALL)",
      Cfgi.SSEC,
      Cfgi.STREAMID,
      Cfgi.RANGE),
  CFGI_CD(
      0x05,
      Version.SMMU_3_0,
      "4.3.3",
      "invalidate one CD of a stream",
      Cfgi.SSEC,
      Cfgi.SUBSTREAMID,
      Cfgi.STREAMID,
      Cfgi.LEAF),
  CFGI_CD_ALL(
      0x06, Version.SMMU_3_0, "4.3.4", "invalidate all CDs of a stream", Cfgi.SSEC, Cfgi.STREAMID),
  CFGI_VMS_PIDM(
      0x07,
      Version.SMMU_3_2,
      "4.3.5",
      "invalidate the cached PARTID_MAP of a VMID",
      Cfgi.SSEC,
      Cfgi.VMID),
  TLBI_NH_ALL(
      0x10,
      Version.SMMU_3_0,
      "4.4.2.1",
      "invalidate EL1 stage 1 translations of a VMID",
      Tlbi.VMID),
  TLBI_NH_ASID(
      0x11,
      Version.SMMU_3_0,
      "4.4.2.2",
      "invalidate EL1 stage 1 translations of a VMID and ASID",
      Tlbi.VMID,
      Tlbi.ASID),
  TLBI_NH_VA(
      0x12,
      Version.SMMU_3_0,
      "4.4.2.4",
      "invalidate EL1 stage 1 translations of a VMID, ASID and VA",
      Tlbi.NUM,
      Tlbi.SCALE,
      Tlbi.VMID,
      Tlbi.ASID,
      Tlbi.LEAF,
      Tlbi.TTL,
      Tlbi.TG,
      Tlbi.ADDRESS),
  TLBI_NH_VAA(
      0x13,
      Version.SMMU_3_0,
      "4.4.2.3",
      "invalidate EL1 stage 1 translations of a VMID and VA",
      Tlbi.NUM,
      Tlbi.SCALE,
      Tlbi.VMID,
      Tlbi.LEAF,
      Tlbi.TTL,
      Tlbi.TG,
      Tlbi.ADDRESS),
  TLBI_EL3_ALL(0x18, Version.SMMU_3_0, "4.4.2.5", "invalidate EL3 translations", Queue.SECURE),
  TLBI_EL3_VA(
      0x1a,
      Version.SMMU_3_0,
      "4.4.2.6",
      "invalidate EL3 translations of a VA",
      Queue.SECURE,
      Tlbi.NUM,
      Tlbi.SCALE,
      Tlbi.LEAF,
      Tlbi.TTL,
      Tlbi.TG,
      Tlbi.ADDRESS),
  TLBI_EL2_ALL(0x20, Version.SMMU_3_0, "4.4.2.7", "invalidate EL2 translations"),
  TLBI_EL2_ASID(
      0x21, Version.SMMU_3_0, "4.4.2.10", "invalidate EL2-E2H translations of an ASID", Tlbi.ASID),
  TLBI_EL2_VA(
      0x22,
      Version.SMMU_3_0,
      "4.4.2.8",
      "invalidate EL2 translations of a VA, and of an ASID if E2H",
      Tlbi.NUM,
      Tlbi.SCALE,
      Tlbi.ASID,
      Tlbi.LEAF,
      Tlbi.TTL,
      Tlbi.TG,
      Tlbi.ADDRESS),
  TLBI_EL2_VAA(
      0x23,
      Version.SMMU_3_0,
      "4.4.2.9",
      "invalidate EL2 translations of a VA, for all ASIDs",
      Tlbi.NUM,
      Tlbi.SCALE,
      Tlbi.LEAF,
      Tlbi.TTL,
      Tlbi.TG,
      Tlbi.ADDRESS),
  TLBI_S12_VMALL(
      0x28,
      Version.SMMU_3_0,
      "4.4.3.2",
      "invalidate all translations of a VMID, at both stages",
      Tlbi.VMID),
  TLBI_S2_IPA(
      0x2a,
      Version.SMMU_3_0,
      "4.4.3.1",
      "invalidate stage 2 translations of a VMID and IPA",
      Tlbi.NUM,
      Tlbi.SCALE,
      Tlbi.VMID,
      Tlbi.LEAF,
      Tlbi.TTL,
      Tlbi.TG,
      Tlbi.IPA),
  TLBI_NSNH_ALL(
      0x30,
      Version.SMMU_3_0,
      "4.4.4.1",
      "invalidate all Non-secure EL1 translations, at both stages"),
  ATC_INV(
      0x40,
      Version.SMMU_3_0,
      "4.5.1",
      "invalidate the ATC of a device",
      AtcInv.GLOBAL,
      AtcInv.SSV,
      AtcInv.SUBSTREAMID,
      AtcInv.STREAMID,
      AtcInv.SIZE,
      AtcInv.ADDRESS),
  PRI_RESP(
      0x41,
      Version.SMMU_3_0,
      "4.5.2",
      "answer a page request group",
      PriResp.SSV,
      PriResp.SUBSTREAMID,
      PriResp.STREAMID,
      PriResp.PRGINDEX,
      PriResp.RESP),
  RESUME(
      0x44,
      Version.SMMU_3_0,
      "4.7.1",
      "retry or terminate a stalled transaction",
      Resume.SSEC,
      Resume.AC,
      Resume.AB,
      Resume.STREAMID,
      Resume.STAG),
  STALL_TERM(
      0x45,
      Version.SMMU_3_0,
      "4.7.2",
      "terminate all stalled transactions of a stream",
      Resume.SSEC,
      Resume.STREAMID),
  SYNC(
      0x46,
      Version.SMMU_3_0,
      "4.7.3",
      "wait for the completion of all earlier commands",
      Sync.CS,
      Sync.MSH,
      Sync.MSIATTR,
      Sync.MSIDATA,
      Sync.MSIADDRESS),
  TLBI_S_EL2_ALL(
      0x50, Version.SMMU_3_2, "4.4.2.11", "invalidate Secure EL2 translations", Queue.SECURE),
  TLBI_S_EL2_ASID(
      0x51,
      Version.SMMU_3_2,
      "4.4.2.14",
      "invalidate Secure EL2-E2H translations of an ASID",
      Queue.SECURE,
      Tlbi.ASID),
  TLBI_S_EL2_VA(
      0x52,
      Version.SMMU_3_2,
      "4.4.2.12",
      "invalidate Secure EL2 translations of a VA, and of an ASID if E2H",
      Queue.SECURE,
      Tlbi.NUM,
      Tlbi.SCALE,
      Tlbi.ASID,
      Tlbi.LEAF,
      Tlbi.TTL,
      Tlbi.TG,
      Tlbi.ADDRESS),
  TLBI_S_EL2_VAA(
      0x53,
      Version.SMMU_3_2,
      "4.4.2.13",
      "invalidate Secure EL2 translations of a VA, for all ASIDs",
      Queue.SECURE,
      Tlbi.NUM,
      Tlbi.SCALE,
      Tlbi.LEAF,
      Tlbi.TTL,
      Tlbi.TG,
      Tlbi.ADDRESS),
  TLBI_S_S12_VMALL(
      0x58,
      Version.SMMU_3_2,
      "4.4.3.4",
      "invalidate all Secure translations of a VMID",
      Queue.SECURE,
      Tlbi.VMID),
  /** Its NS operand is not declared: no source at hand gives its place. */
  TLBI_S_S2_IPA(
      0x5a,
      Version.SMMU_3_2,
      "4.4.3.3",
      "invalidate Secure stage 2 translations of a VMID and IPA",
      Queue.SECURE,
      Tlbi.NUM,
      Tlbi.SCALE,
      Tlbi.VMID,
      Tlbi.LEAF,
      Tlbi.TTL,
      Tlbi.TG,
      Tlbi.IPA),
  TLBI_SNH_ALL(
      0x60, Version.SMMU_3_2, "4.4.4.2", "invalidate all Secure EL1 translations", Queue.SECURE),
  DPTI_ALL(0x70, Version.SMMU_3_3, "4.6.1", "invalidate cached Device Permission Table entries"),
  /** For the places of its operands see {@link Dpti}. */
  DPTI_PA(
      0x73,
      Version.SMMU_3_3,
      "4.6.2",
      "invalidate cached Device Permission Table entries of a physical address",
      Dpti.LEAF,
      Dpti.SIZE,
      Dpti.ADDRESS);

  /** Where a command may be issued. */
  private enum Queue {
    ANY,
    SECURE,
  }

  private static final Opcode[] BY_CODE = new Opcode[0x100];

  static {
    for (Opcode opcode : values()) {
      BY_CODE[opcode.code] = opcode;
    }
  }

  private final int code;
  private final Version since;
  private final String meaning;
  private final boolean secureOnly;

  @SuppressWarnings("ImmutableEnumChecker") // a record of immutable lists
  private final Layout layout;

  Opcode(int code, Version since, String section, String meaning, Field... fields) {
    this(code, since, section, meaning, Queue.ANY, fields);
  }

  Opcode(int code, Version since, String section, String meaning, Queue queue, Field... fields) {
    this.code = code;
    this.since = since;
    this.meaning = meaning;
    this.secureOnly = queue == Queue.SECURE;
    this.layout =
        new Layout.Builder("CMD_" + name(), 128, "IHI 0070 " + section, since)
            .use(Command.OPCODE)
            .use(fields)
            .build();
  }

  /** The opcode, as {@link Command#OPCODE} holds it. */
  public int code() {
    return code;
  }

  /** The architecture's name for the command, such as {@code CMD_SYNC}. */
  public String commandName() {
    return layout.name();
  }

  /** The revision that introduced the command. */
  public Version since() {
    return since;
  }

  /** One line: what the command does. */
  public String meaning() {
    return meaning;
  }

  /** Whether the command is illegal (CERROR_ILL) on the Non-secure Command queue. */
  public boolean secureOnly() {
    return secureOnly;
  }

  /** Its two words. */
  public Layout layout() {
    return layout;
  }

  /**
   * The command with an opcode.
   *
   * @param code any value; only the architected opcodes have a command
   * @return the command, or null if {@code code} is reserved or IMPLEMENTATION DEFINED
   */
  public static Opcode of(int code) {
    return (code & ~0xff) == 0 ? BY_CODE[code] : null;
  }
}
