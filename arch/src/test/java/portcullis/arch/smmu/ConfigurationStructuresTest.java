package portcullis.arch.smmu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import portcullis.arch.Field;
import portcullis.arch.Version;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Vtcr;

class ConfigurationStructuresTest {

  @Test
  void steFieldsStandWhereTheArchitecturePutsThem() {
    FieldTable.assertFields(
        """
        V=0 Config=3:1 S1Fmt=5:4 S1ContextPtr=51:6 S1CDMax=63:59
        S1DSS=65:64 S1CIR=67:66 S1COR=69:68 S1CSH=71:70 S2HWU59=72 S2HWU60=73 S2HWU61=74
        S2HWU62=75 DRE=76 CONT=80:77 DCP=81 PPAR=82 MEV=83 SW_RESERVED=87:84 S2FWB=89 S1MPAM=90
        S1STALLD=91 EATS=93:92 STRW=95:94 MemAttr=99:96 MTCFG=100 ALLOCCFG=104:101 SHCFG=109:108
        NSCFG=111:110 PRIVCFG=113:112 INSTCFG=115:114 IMPL_DEF_1=127:116
        S2VMID=143:128 IMPL_DEF_2=159:144 S2T0SZ=165:160 S2SL0=167:166 S2IR0=169:168 S2OR0=171:170
        S2SH0=173:172 S2TG=175:174 S2PS=178:176 S2AA64=179 S2ENDI=180 S2AFFD=181 S2PTW=182 S2HD=183
        S2HA=184 S2S=185 S2R=186 DPT_VMATCH=191:190
        S2NSW=192 S2NSA=193 S2SL0_2=194 S2DS=195 S2TTB=243:196
        IMPL_DEF_4=271:256 PARTID=287:272 S_S2T0SZ=293:288 S_S2SL0=295:294 S_S2TG=303:302
        MECID=319:304
        PMG=327:320 MPAM_NS=328 VMSPtr=371:332
        S2SW=384 S2SA=385 S_S2SL0_2=386 S_S2TTB=435:388
        """,
        Ste.LAYOUT);
  }

  @Test
  void cdFieldsStandWhereTheArchitecturePutsThem() {
    FieldTable.assertFields(
        """
        T0SZ=5:0 TG0=7:6 IR0=9:8 OR0=11:10 SH0=13:12 EPD0=14 ENDI=15 T1SZ=21:16 TG1=23:22 IR1=25:24
        OR1=27:26 SH1=29:28 EPD1=30 V=31 IPS=34:32 AFFD=35 WXN=36 UWXN=37 TBI0=38 TBI1=39 PAN=40
        AA64=41 HD=42 HA=43 S=44 R=45 A=46 ASET=47 ASID=63:48
        NSCFG0=64 HAD0=65 E0PD0=66 TTB0=115:68 HWU059=124 HWU060=125 HWU061=126 HWU062=127
        NSCFG1=128 HAD1=129 E0PD1=130 TTB1=179:132 DS=186 HWU159=188 HWU160=189 HWU161=190
        HWU162=191 MAIR0=223:192 MAIR1=255:224 AMAIR0=287:256 AMAIR1=319:288 IMPL_DEF=351:320
        PARTID=367:352 PMG=375:368
        """,
        Cd.LAYOUT);
  }

  @Test
  void aVmsMapsThirtyTwoPartIds() {
    assertEquals(512, Vms.LAYOUT.bits());
    assertEquals(32, Vms.LAYOUT.fields().size());
    for (int virtual = 0; virtual < 32; virtual++) {
      Field entry = Vms.partId(virtual);
      assertEquals("PARTID_MAP[" + virtual + "]", entry.name());
      assertEquals(virtual * 16, entry.word() * 64 + entry.lsb());
      assertEquals(16, entry.width());
    }
    assertEquals(Vms.partId(1), Vms.partId(33), "CD.PARTID[15:5] is reserved (5.4)");
  }

  @Test
  void firstLevelDescriptorsHoldAPointer() {
    FieldTable.assertFields("Span=4:0 L2Ptr=51:6", StreamTableDescriptor.LAYOUT);
    FieldTable.assertFields("V=0 L2Ptr=51:12", ContextTableDescriptor.LAYOUT);
  }

  /** 3.24.3.1; for the Block's places see {@link DptBlock}. */
  @Test
  void permissionEntriesStandWhereTheArchitecturePutsThem() {
    FieldTable.assertFields("TYPE=1:0 AC=3:2 W=4 VMID=31:16", DptBlock.LAYOUT);
    FieldTable.assertFields("TYPE=1:0 Address=55:12", DptTable.LAYOUT);
    FieldTable.assertFields(
        "A=1:0 AC0=3:2 W0=4 Contig=11:8 VMID0=31:16 AC1=35:34 W1=36 VMID1=63:48",
        DptGranules.LAYOUT);
    assertReserved(DptTable.TYPE, 0b10);
    assertReserved(DptGranules.AC0, 0b11);
    assertReserved(DptGranules.CONTIG, 8, 9, 10, 11, 12, 13, 14, 15);
    assertReserved(Dpti.SIZE, 10, 11, 12, 13, 14, 15);
  }

  /** The names of sizes and what they mean are one declaration each. */
  @Test
  void permissionSizesAreWhatTheirNamesSay() {
    for (int code = 0; code < 16; code++) {
      String size = Dpti.SIZE.nameOf(code).orElse("none");
      assertEquals(size, name(Dpti.shift(code)));
      String region = DptGranules.CONTIG.nameOf(code).orElse("none");
      assertEquals(region, name(DptGranules.regionShift(code)));
      if (!DptBaseCfg.L0DPTSZ.reserved(code)) {
        int bits = DptBaseCfg.entryBits(code);
        assertEquals(bits + " bits, " + name(bits), DptBaseCfg.L0DPTSZ.nameOf(code).orElseThrow());
      }
    }
  }

  private static String name(int shift) {
    String[] units = {"B", "KB", "MB", "GB"};
    return shift == 0 ? "none" : (1 << shift % 10) + units[shift / 10];
  }

  @Test
  void spanAboveElevenIsReserved() {
    assertFalse(StreamTableDescriptor.SPAN.reserved(0));
    assertEquals("1024 STEs", StreamTableDescriptor.SPAN.nameOf(11).orElseThrow());
    assertTrue(StreamTableDescriptor.SPAN.reserved(12));
  }

  @Test
  void steHasTheReservedEncodingsOfTheArchitecture() {
    assertReserved(Ste.CONFIG, 0b001, 0b010, 0b011);
    assertReserved(Ste.S1FMT, 0b11);
    assertReserved(Ste.S1DSS, 0b11);
    assertReserved(Ste.S1CSH, 0b01);
    assertReserved(Ste.EATS);
    assertReserved(Ste.STRW, 0b11);
    assertReserved(Ste.MEMATTR, 0b0100, 0b1000, 0b1100);
    assertReserved(Ste.ALLOCCFG);
    assertReserved(Ste.SHCFG);
    assertReserved(Ste.PRIVCFG, 0b01);
    assertReserved(Ste.INSTCFG, 0b01);
    assertReserved(Ste.S2TG, 0b11);
    assertReserved(Ste.S2PS, 0b111);
    assertReserved(Ste.S2SH0, 0b01);
    assertReserved(Ste.DPT_VMATCH, 0b11);
  }

  @Test
  void cdHasTheReservedEncodingsOfTheArchitecture() {
    assertReserved(Cd.TG0, 0b11);
    assertReserved(Cd.TG1, 0b00);
    assertReserved(Cd.SH0, 0b01);
    assertReserved(Cd.SH1, 0b01);
    assertReserved(Cd.IPS, 0b111);
    assertReserved(Cd.IR0);
  }

  @Test
  void granuleEncodingsAgreeWithTheFieldsThatHoldThem() {
    for (Granule granule : Granule.values()) {
      assertEquals(granule.label(), Ste.S2TG.nameOf(granule.tgStage2()).orElseThrow());
      assertEquals(granule.label(), Cd.TG0.nameOf(granule.tgStage1()).orElseThrow());
      assertEquals(granule.label(), Cd.TG1.nameOf(granule.tg1()).orElseThrow());
      assertEquals(granule.label(), Vtcr.TG0.nameOf(granule.tgStage2()).orElseThrow());
    }
  }

  @Test
  void steBits50To32OfWord2AreVtcrBits18To0() {
    Field[] ste = {Ste.S2T0SZ, Ste.S2SL0, Ste.S2IR0, Ste.S2OR0, Ste.S2SH0, Ste.S2TG, Ste.S2PS};
    Field[] vtcr = {Vtcr.T0SZ, Vtcr.SL0, Vtcr.IRGN0, Vtcr.ORGN0, Vtcr.SH0, Vtcr.TG0, Vtcr.PS};
    for (int i = 0; i < ste.length; i++) {
      assertEquals(2, ste[i].word());
      assertEquals(vtcr[i].mask() << 32, ste[i].mask(), ste[i].name());
      assertEquals(vtcr[i].values(), ste[i].values(), ste[i].name());
    }
  }

  @Test
  void laterFieldsSayWhichRevisionBroughtThem() {
    assertEquals(Version.SMMU_3_0, Ste.CONFIG.since());
    assertEquals(Version.SMMU_3_1, Ste.DCP.since());
    assertEquals(Version.SMMU_3_2, Ste.S2FWB.since());
    assertEquals(Version.SMMU_3_2, Ste.VMSPTR.since());
    assertEquals(Version.SMMU_3_3, Cd.E0PD0.since());
    assertEquals(Version.SMMU_3_4, Ste.S2DS.since());
  }

  private static void assertReserved(Field field, int... reserved) {
    long expected = 0;
    for (int code : reserved) {
      expected |= 1L << code;
    }
    long actual = 0;
    for (long code = 0; code <= field.max(); code++) {
      actual |= field.reserved(code) ? 1L << code : 0;
    }
    assertEquals(expected, actual, field.name());
  }
}
