package portcullis.arch.smmu;

import java.util.EnumMap;
import java.util.Map;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/**
 * Every Non-secure register (IHI 0070 6.2), section numbers as in issue G.b.
 *
 * <p>Registers of pages 0 and 1 are found by their offset from the SMMU's base, see {@link #at}.
 * The VATOS and Command queue control pages lie where identification registers say, see {@link
 * #in}.
 */
public enum Register {
  IDR0(Page.PAGE_0, 0x000, Access.RO, Version.SMMU_3_0, "6.3.1", Idr0.LAYOUT, "features"),
  IDR1(
      Page.PAGE_0,
      0x004,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.2",
      Idr1.LAYOUT,
      "identifier and queue sizes"),
  IDR2(
      Page.PAGE_0,
      0x008,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.3",
      Idr2.LAYOUT,
      "place of the VATOS page"),
  IDR3(Page.PAGE_0, 0x00c, Access.RO, Version.SMMU_3_0, "6.3.4", Idr3.LAYOUT, "later features"),
  IDR4(
      Page.PAGE_0,
      0x010,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.5",
      ImplementationDefined.LAYOUT,
      "IMPLEMENTATION DEFINED features"),
  IDR5(
      Page.PAGE_0,
      0x014,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.6",
      Idr5.LAYOUT,
      "address sizes and granules"),
  IIDR(Page.PAGE_0, 0x018, Access.RO, Version.SMMU_3_0, "6.3.7", Iidr.LAYOUT, "implementation"),
  AIDR(
      Page.PAGE_0,
      0x01c,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.8",
      Aidr.LAYOUT,
      "architecture revision"),
  CR0(Page.PAGE_0, 0x020, Access.RW, Version.SMMU_3_0, "6.3.9", Cr0.LAYOUT, "enables"),
  CR0ACK(
      Page.PAGE_0,
      0x024,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.10",
      Cr0.LAYOUT,
      "enables, as taken note of"),
  CR1(
      Page.PAGE_0,
      0x028,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.11",
      Cr1.LAYOUT,
      "memory attributes of tables and queues"),
  CR2(Page.PAGE_0, 0x02c, Access.RW, Version.SMMU_3_0, "6.3.12", Cr2.LAYOUT, "further controls"),
  STATUSR(
      Page.PAGE_0, 0x040, Access.RO, Version.SMMU_3_0, "6.3.13", Statusr.LAYOUT, "dormant hint"),
  GBPA(
      Page.PAGE_0,
      0x044,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.14",
      Gbpa.LAYOUT,
      "treatment of traffic while disabled"),
  AGBPA(
      Page.PAGE_0,
      0x048,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.15",
      ImplementationDefined.LAYOUT,
      "IMPLEMENTATION DEFINED bypass attributes"),
  IRQ_CTRL(
      Page.PAGE_0,
      0x050,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.16",
      IrqCtrl.LAYOUT,
      "interrupt enables"),
  IRQ_CTRLACK(
      Page.PAGE_0,
      0x054,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.18",
      IrqCtrl.LAYOUT,
      "interrupt enables, as taken note of"),
  GERROR(Page.PAGE_0, 0x060, Access.RO, Version.SMMU_3_0, "6.3.19", Gerror.LAYOUT, "global errors"),
  GERRORN(
      Page.PAGE_0,
      0x064,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.20",
      Gerror.LAYOUT,
      "global error acknowledgements"),
  GERROR_IRQ_CFG0(
      Page.PAGE_0,
      0x068,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.21",
      IrqCfg0.LAYOUT,
      "address of the Global error MSI"),
  GERROR_IRQ_CFG1(
      Page.PAGE_0,
      0x070,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.22",
      IrqCfg1.LAYOUT,
      "payload of the Global error MSI"),
  GERROR_IRQ_CFG2(
      Page.PAGE_0,
      0x074,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.23",
      IrqCfg2.LAYOUT,
      "attributes of the Global error MSI"),
  STRTAB_BASE(
      Page.PAGE_0,
      0x080,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.24",
      StrtabBase.LAYOUT,
      "address of the Stream table"),
  STRTAB_BASE_CFG(
      Page.PAGE_0,
      0x088,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.25",
      StrtabBaseCfg.LAYOUT,
      "format and size of the Stream table"),
  CMDQ_BASE(
      Page.PAGE_0,
      0x090,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.26",
      QueueBase.LAYOUT,
      "address and size of the Command queue"),
  CMDQ_PROD(
      Page.PAGE_0,
      0x098,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.27",
      CmdqProd.LAYOUT,
      "write index of the Command queue"),
  CMDQ_CONS(
      Page.PAGE_0,
      0x09c,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.28",
      CmdqCons.LAYOUT,
      "read index of the Command queue, and error"),
  EVENTQ_BASE(
      Page.PAGE_0,
      0x0a0,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.29",
      QueueBase.LAYOUT,
      "address and size of the Event queue"),
  EVENTQ_IRQ_CFG0(
      Page.PAGE_0,
      0x0b0,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.30",
      IrqCfg0.LAYOUT,
      "address of the Event queue MSI"),
  EVENTQ_IRQ_CFG1(
      Page.PAGE_0,
      0x0b8,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.31",
      IrqCfg1.LAYOUT,
      "payload of the Event queue MSI"),
  EVENTQ_IRQ_CFG2(
      Page.PAGE_0,
      0x0bc,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.32",
      IrqCfg2.LAYOUT,
      "attributes of the Event queue MSI"),
  PRIQ_BASE(
      Page.PAGE_0,
      0x0c0,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.33",
      QueueBase.LAYOUT,
      "address and size of the PRI queue"),
  PRIQ_IRQ_CFG0(
      Page.PAGE_0,
      0x0d0,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.34",
      IrqCfg0.LAYOUT,
      "address of the PRI queue MSI"),
  PRIQ_IRQ_CFG1(
      Page.PAGE_0,
      0x0d8,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.35",
      IrqCfg1.LAYOUT,
      "payload of the PRI queue MSI"),
  PRIQ_IRQ_CFG2(
      Page.PAGE_0,
      0x0dc,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.36",
      PriqIrqCfg2.LAYOUT,
      "attributes and condition of the PRI queue MSI"),
  GATOS_CTRL(
      Page.PAGE_0,
      0x100,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.37",
      AtosCtrl.LAYOUT,
      "start of an address translation operation"),
  GATOS_SID(
      Page.PAGE_0,
      0x108,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.38",
      AtosSid.LAYOUT,
      "stream of an address translation operation"),
  GATOS_ADDR(
      Page.PAGE_0,
      0x110,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.39",
      AtosAddr.LAYOUT,
      "address of an address translation operation"),
  GATOS_PAR(
      Page.PAGE_0,
      0x118,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.40",
      AtosPar.LAYOUT,
      "result of an address translation operation"),
  MPAMIDR(
      Page.PAGE_0,
      0x130,
      Access.RO,
      Version.SMMU_3_2,
      "6.3.41",
      Mpamidr.LAYOUT,
      "largest MPAM identifiers"),
  GMPAM(
      Page.PAGE_0,
      0x138,
      Access.RW,
      Version.SMMU_3_2,
      "6.3.42",
      Gmpam.LAYOUT,
      "MPAM attributes of the SMMU's own accesses"),
  GBPMPAM(
      Page.PAGE_0,
      0x13c,
      Access.RW,
      Version.SMMU_3_2,
      "6.3.43",
      Gbpmpam.LAYOUT,
      "MPAM attributes of traffic in global bypass"),
  VATOS_SEL(
      Page.PAGE_0,
      0x180,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.44",
      VatosSel.LAYOUT,
      "VMID that may use VATOS"),
  IDR6(
      Page.PAGE_0,
      0x190,
      Access.RO,
      Version.SMMU_3_3,
      "6.3.45",
      Idr6.LAYOUT,
      "Enhanced Command queue counts"),
  DPT_BASE(
      Page.PAGE_0,
      0x200,
      Access.RW,
      Version.SMMU_3_3,
      "6.3.46",
      DptBase.LAYOUT,
      "address of the Device Permission Table"),
  DPT_BASE_CFG(
      Page.PAGE_0,
      0x208,
      Access.RW,
      Version.SMMU_3_3,
      "6.3.47",
      DptBaseCfg.LAYOUT,
      "geometry of the Device Permission Table"),
  DPT_CFG_FAR(
      Page.PAGE_0,
      0x210,
      Access.RW,
      Version.SMMU_3_3,
      "6.3.48",
      DptCfgFar.LAYOUT,
      "Device Permission Table lookup fault"),
  PIDR4(
      Page.PAGE_0,
      0xfd0,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.170",
      Pidr4.LAYOUT,
      "peripheral identification"),
  PIDR5(
      Page.PAGE_0,
      0xfd4,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.170",
      reserved(),
      "peripheral identification, reserved"),
  PIDR6(
      Page.PAGE_0,
      0xfd8,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.170",
      reserved(),
      "peripheral identification, reserved"),
  PIDR7(
      Page.PAGE_0,
      0xfdc,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.170",
      reserved(),
      "peripheral identification, reserved"),
  PIDR0(
      Page.PAGE_0,
      0xfe0,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.170",
      Pidr0.LAYOUT,
      "peripheral identification"),
  PIDR1(
      Page.PAGE_0,
      0xfe4,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.170",
      Pidr1.LAYOUT,
      "peripheral identification"),
  PIDR2(
      Page.PAGE_0,
      0xfe8,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.170",
      Pidr2.LAYOUT,
      "peripheral identification"),
  PIDR3(
      Page.PAGE_0,
      0xfec,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.170",
      Pidr3.LAYOUT,
      "peripheral identification"),
  CIDR0(
      Page.PAGE_0,
      0xff0,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.170",
      Cidr.LAYOUT,
      "component identification"),
  CIDR1(
      Page.PAGE_0,
      0xff4,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.170",
      Cidr1.LAYOUT,
      "component identification"),
  CIDR2(
      Page.PAGE_0,
      0xff8,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.170",
      Cidr.LAYOUT,
      "component identification"),
  CIDR3(
      Page.PAGE_0,
      0xffc,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.170",
      Cidr.LAYOUT,
      "component identification"),
  CMDQ_CONTROL_PAGE_BASE(
      Page.PAGE_0,
      0x4000,
      Access.RO,
      Version.SMMU_3_3,
      "6.3.49",
      CmdqControlPageBase.LAYOUT,
      "place of a Command queue control page",
      256,
      32),
  CMDQ_CONTROL_PAGE_CFG(
      Page.PAGE_0,
      0x4008,
      Access.RO,
      Version.SMMU_3_3,
      "6.3.50",
      CmdqControlPageCfg.LAYOUT,
      "enable of a Command queue control page",
      256,
      32),
  CMDQ_CONTROL_PAGE_STATUS(
      Page.PAGE_0,
      0x400c,
      Access.RO,
      Version.SMMU_3_3,
      "6.3.51",
      CmdqControlPageStatus.LAYOUT,
      "state of a Command queue control page",
      256,
      32),
  EVENTQ_PROD(
      Page.PAGE_1,
      0x00a8,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.95",
      EventqProd.LAYOUT,
      "write index of the Event queue"),
  EVENTQ_CONS(
      Page.PAGE_1,
      0x00ac,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.96",
      EventqCons.LAYOUT,
      "read index of the Event queue"),
  PRIQ_PROD(
      Page.PAGE_1,
      0x00c8,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.97",
      PriqProd.LAYOUT,
      "write index of the PRI queue"),
  PRIQ_CONS(
      Page.PAGE_1,
      0x00cc,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.98",
      PriqCons.LAYOUT,
      "read index of the PRI queue"),
  VATOS_CTRL(
      Page.VATOS,
      0xa00,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.99",
      AtosCtrl.LAYOUT,
      "start of a VM's address translation operation"),
  VATOS_SID(
      Page.VATOS,
      0xa08,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.100",
      AtosSid.LAYOUT,
      "stream of a VM's address translation operation"),
  VATOS_ADDR(
      Page.VATOS,
      0xa10,
      Access.RW,
      Version.SMMU_3_0,
      "6.3.101",
      AtosAddr.LAYOUT,
      "address of a VM's address translation operation"),
  VATOS_PAR(
      Page.VATOS,
      0xa18,
      Access.RO,
      Version.SMMU_3_0,
      "6.3.102",
      AtosPar.LAYOUT,
      "result of a VM's address translation operation"),
  ECMDQ_BASE(
      Page.CMDQ_CONTROL,
      0x00,
      Access.RW,
      Version.SMMU_3_3,
      "6.3.107",
      QueueBase.LAYOUT,
      "address and size of an Enhanced Command queue",
      256,
      0x100),
  ECMDQ_PROD(
      Page.CMDQ_CONTROL,
      0x08,
      Access.RW,
      Version.SMMU_3_3,
      "6.3.108",
      EcmdqProd.LAYOUT,
      "write index of an Enhanced Command queue",
      256,
      0x100),
  ECMDQ_CONS(
      Page.CMDQ_CONTROL,
      0x0c,
      Access.RW,
      Version.SMMU_3_3,
      "6.3.109",
      EcmdqCons.LAYOUT,
      "read index of an Enhanced Command queue, and error",
      256,
      0x100);

  private static final Map<Page, Register[]> BY_WORD = new EnumMap<>(Page.class);

  static {
    for (Page page : Page.values()) {
      BY_WORD.put(page, new Register[Page.BYTES / 4]);
    }
    for (Register register : values()) {
      Register[] words = BY_WORD.get(register.page);
      for (int n = 0; n < register.instances; n++) {
        int start = register.pageOffset + n * register.stride;
        for (int byteOffset = 0; byteOffset < register.bytes(); byteOffset += 4) {
          words[(start + byteOffset) / 4] = register;
        }
      }
    }
  }

  private final Page page;
  private final int pageOffset;
  private final Access access;
  private final Version since;
  private final String source;

  @SuppressWarnings("ImmutableEnumChecker") // a record of immutable lists
  private final Layout layout;

  private final String meaning;
  private final int instances;
  private final int stride;

  Register(
      Page page,
      int pageOffset,
      Access access,
      Version since,
      String section,
      Layout layout,
      String meaning) {
    this(page, pageOffset, access, since, section, layout, meaning, 1, 0);
  }

  Register(
      Page page,
      int pageOffset,
      Access access,
      Version since,
      String section,
      Layout layout,
      String meaning,
      int instances,
      int stride) {
    this.page = page;
    this.pageOffset = pageOffset;
    this.access = access;
    this.since = since;
    this.source = "IHI 0070 " + section;
    this.layout = own(layout);
    this.meaning = meaning;
    this.instances = instances;
    this.stride = stride;
  }

  private static Layout reserved() {
    return new Layout.Builder("RES0", 32, "IHI 0070 6.3.170", Version.SMMU_3_0).build();
  }

  /** A layout that registers may share, under this register's name and source. */
  private Layout own(Layout shared) {
    return new Layout("SMMU_" + name(), shared.bits(), source, shared.fields());
  }

  /** The page that holds the register. */
  public Page page() {
    return page;
  }

  /**
   * Offset in bytes of the first instance: from the SMMU's base if the page is {@link Page#fixed},
   * otherwise from the start of its page.
   */
  public int offset() {
    return page.base() + pageOffset;
  }

  /** Size in bytes: 4 or 8. */
  public int bytes() {
    return layout.bits() / 8;
  }

  /** How it may be accessed. */
  public Access access() {
    return access;
  }

  /** The revision that introduced it. */
  public Version since() {
    return since;
  }

  /** Where the architecture defines it, such as {@code IHI 0070 6.3.1}. */
  public String source() {
    return source;
  }

  /**
   * Its fields. A result register (GATOS_PAR, VATOS_PAR) has those of success, see {@link
   * #layout(long)}.
   */
  public Layout layout() {
    return layout;
  }

  /** Its fields when it holds {@code value}: those of a result register depend on its outcome. */
  public Layout layout(long value) {
    boolean result = this == GATOS_PAR || this == VATOS_PAR;
    return result && AtosPar.FAULT.isSet(value) ? own(AtosParFault.LAYOUT) : layout;
  }

  /** One line: what it is for. */
  public String meaning() {
    return meaning;
  }

  /** How many instances there are at most: 1, or 256 for those of Enhanced Command queues. */
  public int instances() {
    return instances;
  }

  /**
   * Distance in bytes from one instance to the next; 0 if there is only one.
   *
   * <p>ECMDQ registers are spread evenly over their page: 0x100 is for 256 queues a page, with
   * fewer (IDR6.CMDQ_CONTROL_PAGE_LOG2NUMQ) they are that much farther apart.
   */
  public int stride() {
    return stride;
  }

  /**
   * The register of page 0 or 1 at an offset. Any instance answers, and so does the upper half of a
   * 64-bit register.
   *
   * <p>Page 0 has no register where page 1 has one, see {@link #aliasAt}.
   *
   * @param offset in bytes from the SMMU's base; any value
   * @return the register, or null if there is none or {@code offset} is not a multiple of 4
   */
  public static Register at(int offset) {
    return switch (offset >>> 16) {
      case 0 -> in(Page.PAGE_0, offset);
      case 1 -> in(Page.PAGE_1, offset - Page.BYTES);
      default -> null;
    };
  }

  /**
   * The register of page 1 whose optional alias in page 0 is at {@code offset}: an SMMU has either
   * the alias there or a location that reads as zero and ignores writes (IHI 0070 6.2.1).
   *
   * @param offset in bytes from the SMMU's base; any value
   * @return the register, or null if {@code offset} is no such place
   */
  public static Register aliasAt(int offset) {
    return in(Page.PAGE_1, offset);
  }

  /**
   * The register at an offset within a page.
   *
   * @param offset in bytes from the start of the page; any value
   * @return the register, or null if there is none or {@code offset} is not a multiple of 4
   */
  public static Register in(Page page, int offset) {
    boolean inPage = offset >= 0 && offset < Page.BYTES && offset % 4 == 0;
    return inPage ? BY_WORD.get(page)[offset / 4] : null;
  }
}
