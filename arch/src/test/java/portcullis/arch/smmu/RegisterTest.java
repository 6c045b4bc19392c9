package portcullis.arch.smmu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import portcullis.arch.Version;

class RegisterTest {
  /**
   * Register, offset, size in bits, access and fields, as in IHI 0070 6.2 and 6.3; addresses as
   * wide as they are up to SMMUv3.3.
   */
  private static final String TABLE =
      """
      IDR0 0x00000 32 RO | \
            S2P=0 S1P=1 TTF=3:2 COHACC=4 BTM=5 HTTU=7:6 DORMHINT=8 Hyp=9 ATS=10 NS1ATS=11 \
            ASID16=12 MSI=13 SEV=14 ATOS=15 PRI=16 VMW=17 VMID16=18 CD2L=19 VATOS=20 \
            TTENDIAN=22:21 ATSRECERR=23 STALL_MODEL=25:24 TERM_MODEL=26 ST_LEVEL=28:27 \
            RME_IMPL=30
      IDR1 0x00004 32 RO | \
            SIDSIZE=5:0 SSIDSIZE=10:6 PRIQS=15:11 EVENTQS=20:16 CMDQS=25:21 \
            ATTR_PERMS_OVR=26 ATTR_TYPES_OVR=27 REL=28 QUEUES_PRESET=29 TABLES_PRESET=30 \
            ECMDQ=31
      IDR2 0x00008 32 RO | BA_VATOS=9:0
      IDR3 0x0000c 32 RO | \
            HAD=2 PBHA=3 XNX=4 PPS=5 MPAM=7 FWB=8 STT=9 RIL=10 BBML=12:11 E0PD=13 PTWNNC=14 \
            DPT=15 PASIDTT=16 EPAN=17 S1PI=18 S2PI=19 S2PO=20 THE=21 MTEPERM=22 AIE=23
      IDR4 0x00010 32 RO | IMPLEMENTATION_DEFINED=31:0
      IDR5 0x00014 32 RO | \
            OAS=2:0 GRAN4K=4 GRAN16K=5 GRAN64K=6 DS=7 D128=8 VAX=11:10 STALL_MAX=31:16
      IIDR 0x00018 32 RO | Implementer=11:0 Revision=15:12 Variant=19:16 ProductID=31:20
      AIDR 0x0001c 32 RO | ArchMinorRev=3:0 ArchMajorRev=7:4
      CR0 0x00020 32 RW | SMMUEN=0 PRIQEN=1 EVENTQEN=2 CMDQEN=3 ATSCHK=4 VMW=8:6 DPT_WALK_EN=10
      CR0ACK 0x00024 32 RO | \
            SMMUEN=0 PRIQEN=1 EVENTQEN=2 CMDQEN=3 ATSCHK=4 VMW=8:6 DPT_WALK_EN=10
      CR1 0x00028 32 RW | \
            QUEUE_IC=1:0 QUEUE_OC=3:2 QUEUE_SH=5:4 TABLE_IC=7:6 TABLE_OC=9:8 TABLE_SH=11:10
      CR2 0x0002c 32 RW | E2H=0 RECINVSID=1 PTM=2 REC_CFG_ATS=3
      STATUSR 0x00040 32 RO | DORMANT=0
      GBPA 0x00044 32 RW | \
            MemAttr=3:0 MTCFG=4 ALLOCCFG=11:8 SHCFG=13:12 PRIVCFG=17:16 INSTCFG=19:18 \
            ABORT=20 Update=31
      AGBPA 0x00048 32 RW | IMPLEMENTATION_DEFINED=31:0
      IRQ_CTRL 0x00050 32 RW | GERROR_IRQEN=0 PRIQ_IRQEN=1 EVENTQ_IRQEN=2
      IRQ_CTRLACK 0x00054 32 RO | GERROR_IRQEN=0 PRIQ_IRQEN=1 EVENTQ_IRQEN=2
      GERROR 0x00060 32 RO | \
            CMDQ_ERR=0 EVENTQ_ABT_ERR=2 PRIQ_ABT_ERR=3 MSI_CMDQ_ABT_ERR=4 \
            MSI_EVENTQ_ABT_ERR=5 MSI_PRIQ_ABT_ERR=6 MSI_GERROR_ABT_ERR=7 SFM_ERR=8 \
            CMDQP_ERR=9 DPT_ERR=10
      GERRORN 0x00064 32 RW | \
            CMDQ_ERR=0 EVENTQ_ABT_ERR=2 PRIQ_ABT_ERR=3 MSI_CMDQ_ABT_ERR=4 \
            MSI_EVENTQ_ABT_ERR=5 MSI_PRIQ_ABT_ERR=6 MSI_GERROR_ABT_ERR=7 SFM_ERR=8 \
            CMDQP_ERR=9 DPT_ERR=10
      GERROR_IRQ_CFG0 0x00068 64 RW | ADDR=51:2
      GERROR_IRQ_CFG1 0x00070 32 RW | DATA=31:0
      GERROR_IRQ_CFG2 0x00074 32 RW | MemAttr=3:0 SH=5:4
      STRTAB_BASE 0x00080 64 RW | ADDR=51:6 RA=62
      STRTAB_BASE_CFG 0x00088 32 RW | LOG2SIZE=5:0 SPLIT=10:6 FMT=17:16
      CMDQ_BASE 0x00090 64 RW | LOG2SIZE=4:0 ADDR=51:5 RA/WA=62
      CMDQ_PROD 0x00098 32 RW | WR=19:0
      CMDQ_CONS 0x0009c 32 RW | RD=19:0 ERR=30:24
      EVENTQ_BASE 0x000a0 64 RW | LOG2SIZE=4:0 ADDR=51:5 RA/WA=62
      EVENTQ_IRQ_CFG0 0x000b0 64 RW | ADDR=51:2
      EVENTQ_IRQ_CFG1 0x000b8 32 RW | DATA=31:0
      EVENTQ_IRQ_CFG2 0x000bc 32 RW | MemAttr=3:0 SH=5:4
      PRIQ_BASE 0x000c0 64 RW | LOG2SIZE=4:0 ADDR=51:5 RA/WA=62
      PRIQ_IRQ_CFG0 0x000d0 64 RW | ADDR=51:2
      PRIQ_IRQ_CFG1 0x000d8 32 RW | DATA=31:0
      PRIQ_IRQ_CFG2 0x000dc 32 RW | MemAttr=3:0 SH=5:4 LO=31
      GATOS_CTRL 0x00100 32 RW | RUN=0
      GATOS_SID 0x00108 64 RW | STREAMID=31:0 SUBSTREAMID=51:32 SSID_VALID=52
      GATOS_ADDR 0x00110 64 RW | HTTUI=6 InD=7 RnW=8 PnU=9 TYPE=11:10 ADDR=63:12
      GATOS_PAR 0x00118 64 RO | FAULT=0 SH=9:8 Size=11 ADDR=51:12 ATTR=63:56
      MPAMIDR 0x00130 32 RO | PARTID_MAX=15:0 PMG_MAX=23:16
      GMPAM 0x00138 32 RW | SO_PARTID=15:0 SO_PMG=23:16 Update=31
      GBPMPAM 0x0013c 32 RW | GBP_PARTID=15:0 GBP_PMG=23:16 Update=31
      VATOS_SEL 0x00180 32 RW | VMID=15:0
      IDR6 0x00190 32 RO | CMDQ_CONTROL_PAGE_LOG2NUMQ=19:16 CMDQ_CONTROL_PAGE_LOG2NUMP=27:24
      DPT_BASE 0x00200 64 RW | BADDR=51:12 RA=62
      DPT_BASE_CFG 0x00208 32 RW | DPTPS=2:0 DPTGS=15:14 L0DPTSZ=23:20
      DPT_CFG_FAR 0x00210 64 RW | FAULT=0 LEVEL=1 DPT_FAULTCODE=7:4 FADDR=51:12
      CMDQ_CONTROL_PAGE_BASE 0x04000 64 RO | CMDQ_CONTROL_PAGE_PRESET=0 CMDQGS=2:1 ADDR=51:16
      CMDQ_CONTROL_PAGE_CFG 0x04008 32 RO | EN=0
      CMDQ_CONTROL_PAGE_STATUS 0x0400c 32 RO | ENACK=0
      EVENTQ_PROD 0x100a8 32 RW | WR=19:0 OVFLG=31
      EVENTQ_CONS 0x100ac 32 RW | RD=19:0 OVACKFLG=31
      PRIQ_PROD 0x100c8 32 RW | WR=19:0 OVFLG=31
      PRIQ_CONS 0x100cc 32 RW | RD=19:0 OVACKFLG=31
      VATOS_CTRL 0x00a00 32 RW | RUN=0
      VATOS_SID 0x00a08 64 RW | STREAMID=31:0 SUBSTREAMID=51:32 SSID_VALID=52
      VATOS_ADDR 0x00a10 64 RW | HTTUI=6 InD=7 RnW=8 PnU=9 TYPE=11:10 ADDR=63:12
      VATOS_PAR 0x00a18 64 RO | FAULT=0 SH=9:8 Size=11 ADDR=51:12 ATTR=63:56
      ECMDQ_BASE 0x00000 64 RW | LOG2SIZE=4:0 ADDR=51:5 RA/WA=62
      ECMDQ_PROD 0x00008 32 RW | WR=19:0 ERRACK=23 EN=31
      ECMDQ_CONS 0x0000c 32 RW | RD=19:0 ERR=23 ERR_REASON=26:24 ENACK=31
      PIDR4 0x00fd0 32 RO | DES_2=3:0 SIZE=7:4
      PIDR5 0x00fd4 32 RO |
      PIDR6 0x00fd8 32 RO |
      PIDR7 0x00fdc 32 RO |
      PIDR0 0x00fe0 32 RO | PART_0=7:0
      PIDR1 0x00fe4 32 RO | PART_1=3:0 DES_0=7:4
      PIDR2 0x00fe8 32 RO | DES_1=2:0 JEDEC=3 REVISION=7:4
      PIDR3 0x00fec 32 RO | CMOD=3:0 REVAND=7:4
      CIDR0 0x00ff0 32 RO | PREAMBLE=7:0
      CIDR1 0x00ff4 32 RO | PREAMBLE=3:0 CLASS=7:4
      CIDR2 0x00ff8 32 RO | PREAMBLE=7:0
      CIDR3 0x00ffc 32 RO | PREAMBLE=7:0
      """;

  static Stream<String> rows() {
    return TABLE.lines();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void isWhereAndWhatTheArchitectureSays(String row) {
    String[] halves = row.split("\\|", -1);
    String[] words = halves[0].strip().split(" ");
    Register register = Register.valueOf(words[0]);
    assertEquals(Integer.decode(words[1]), register.offset(), row);
    assertEquals(Integer.parseInt(words[2]), 8 * register.bytes(), row);
    assertEquals(words[3], register.access().name(), row);
    FieldTable.assertFields(halves[1], register.layout());
  }

  @Test
  void noRegisterIsMissingFromTheTable() {
    Set<String> listed =
        rows().map(row -> row.split(" ")[0]).collect(Collectors.toCollection(TreeSet::new));
    Set<String> declared =
        Stream.of(Register.values()).map(Enum::name).collect(Collectors.toCollection(TreeSet::new));
    assertEquals(declared, listed);
  }

  @Test
  void everyOffsetAnswersWithTheOneRegisterThatCoversIt() {
    for (Page page : Page.values()) {
      for (int offset = -8; offset < Page.BYTES + 8; offset++) {
        Register expected = null;
        for (Register register : Register.values()) {
          if (register.page() == page && covers(register, offset)) {
            assertNull(expected, () -> "two registers");
            expected = register;
          }
        }
        assertSame(offset % 4 == 0 ? expected : null, Register.in(page, offset));
      }
    }
  }

  private static boolean covers(Register register, int offset) {
    int from = offset - register.offset() % Page.BYTES;
    if (from < 0 || register.instances() == 1) {
      return from >= 0 && from < register.bytes();
    }
    return from / register.stride() < register.instances()
        && from % register.stride() < register.bytes();
  }

  @Test
  void atFindsPages0And1ByTheirOffsetFromTheBase() {
    for (int offset = 0; offset < Page.BYTES; offset += 4) {
      assertSame(Register.in(Page.PAGE_0, offset), Register.at(offset));
      assertSame(Register.in(Page.PAGE_1, offset), Register.at(0x10000 + offset));
    }
    assertSame(Register.CMDQ_BASE, Register.at(0x90));
    assertSame(Register.CMDQ_BASE, Register.at(0x94));
    assertSame(Register.CMDQ_PROD, Register.at(0x98));
    assertSame(Register.EVENTQ_CONS, Register.at(0x100ac));
    assertSame(Register.CMDQ_CONTROL_PAGE_STATUS, Register.at(0x400c + 255 * 32));
    assertNull(Register.at(0x4000 + 256 * 32));
    assertNull(Register.at(0xa8), "an alias is not a register of page 0");
    assertNull(Register.at(0x8000), "Secure registers read as zero");
    assertNull(Register.at(0x20a00), "the VATOS page has no fixed place");
    assertNull(Register.at(0x92), "not a word");
    assertNull(Register.at(-4));
    assertNull(Register.at(Integer.MIN_VALUE));
    assertNull(Register.at(Integer.MAX_VALUE));
  }

  @Test
  void aliasesAreThoseOfTheQueueIndexesOfPage1() {
    assertSame(Register.EVENTQ_PROD, Register.aliasAt(0xa8));
    assertSame(Register.EVENTQ_CONS, Register.aliasAt(0xac));
    assertSame(Register.PRIQ_PROD, Register.aliasAt(0xc8));
    assertSame(Register.PRIQ_CONS, Register.aliasAt(0xcc));
    EnumSet<Register> aliased = EnumSet.noneOf(Register.class);
    for (int offset = 0; offset < 2 * Page.BYTES; offset += 4) {
      Register register = Register.aliasAt(offset);
      if (register != null) {
        assertNull(Register.at(offset), "an alias hides no register of page 0");
        aliased.add(register);
      }
    }
    assertEquals(
        EnumSet.of(
            Register.EVENTQ_PROD, Register.EVENTQ_CONS, Register.PRIQ_PROD, Register.PRIQ_CONS),
        aliased);
  }

  @Test
  void onlyThoseOfEnhancedCommandQueuesOccurMoreThanOnce() {
    for (Register register : Register.values()) {
      int instances = register.instances();
      if (register.name().startsWith("CMDQ_CONTROL_PAGE_")) {
        assertEquals(256, instances, register.name());
        assertEquals(32, register.stride(), register.name());
      } else if (register.name().startsWith("ECMDQ_")) {
        assertEquals(256, instances, register.name());
        assertEquals(0x100, register.stride(), register.name());
      } else {
        assertEquals(1, instances, register.name());
        assertEquals(0, register.stride(), register.name());
      }
    }
  }

  @Test
  void aSharedLayoutBearsTheNameAndSourceOfTheRegister() {
    assertEquals("SMMU_EVENTQ_BASE", Register.EVENTQ_BASE.layout().name());
    assertEquals("IHI 0070 6.3.29", Register.EVENTQ_BASE.layout().source());
    assertEquals(QueueBase.LAYOUT.fields(), Register.EVENTQ_BASE.layout().fields());
  }

  @Test
  void aResultRegisterHasTheFieldsOfItsOutcome() {
    for (Register result : new Register[] {Register.GATOS_PAR, Register.VATOS_PAR}) {
      assertEquals(AtosPar.LAYOUT.fields(), result.layout(0x10_0000_0000L).fields());
      assertEquals(AtosParFault.LAYOUT.fields(), result.layout(0x101).fields());
    }
    assertEquals(Idr0.LAYOUT.fields(), Register.IDR0.layout(-1L).fields());
    FieldTable.assertFields(
        "FAULT=0 REASON=2:1 FAULTCODE=11:4 FADDR=51:12 IMPLEMENTATION_DEFINED=63:60",
        AtosParFault.LAYOUT);
  }

  @Test
  void encodingsHaveTheirArchitectedNames() {
    assertEquals("Write-Back", Cr1.TABLE_OC.nameOf(1).orElseThrow());
    assertEquals("Inner Shareable", Cr1.TABLE_SH.nameOf(3).orElseThrow());
    assertEquals("use incoming", Gbpa.SHCFG.nameOf(1).orElseThrow());
    assertEquals("VMSAv8-64", Idr0.TTF.nameOf(Idr0.TTF_AARCH64).orElseThrow());
    assertEquals("terminate only", Idr0.STALL_MODEL.nameOf(1).orElseThrow());
    assertEquals("48 bits", Idr5.OAS.nameOf(5).orElseThrow());
    assertEquals("52 bits", Idr5.VAX.nameOf(1).orElseThrow());
    assertEquals("Level 2", Idr3.BBML.nameOf(2).orElseThrow());
    assertEquals("CERROR_ILL", CmdqCons.ERR.nameOf(CommandError.CERROR_ILL).orElseThrow());
    assertEquals("two-level", StrtabBaseCfg.FMT.nameOf(1).orElseThrow());
    assertEquals("F_TRANSLATION", AtosParFault.FAULTCODE.nameOf(0x10).orElseThrow());
    assertEquals("INV_REQ", AtosParFault.FAULTCODE.nameOf(0xff).orElseThrow());
  }

  @Test
  void laterFeaturesSaySo() {
    assertEquals(Version.SMMU_3_1, Idr3.XNX.since());
    assertEquals(Version.SMMU_3_2, Idr3.RIL.since());
    assertEquals(Version.SMMU_3_3, Idr1.ECMDQ.since());
    assertEquals(Version.SMMU_3_4, Idr5.DS.since());
    assertEquals(Version.SMMU_3_2, Register.MPAMIDR.since());
    assertEquals(Version.SMMU_3_3, Register.IDR6.since());
  }
}
