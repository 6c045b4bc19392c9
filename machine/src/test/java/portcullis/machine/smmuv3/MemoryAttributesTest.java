package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.attributes.MemoryAttributes;
import portcullis.machine.smmuv3.profile.Profiles;

/** Memory types, allocation hints and shareability that leave the SMMU (IHI 0070 13.1 to 13.5). */
class MemoryAttributesTest {
  private static final int SID = 5;
  private static final long VA = 0x7000;
  private static final int NSH = 0;
  private static final int OSH = 0b10;
  private static final int ISH = 0b11;
  private static final int NC = 0x44;
  private static final int WB = 0xff;
  private static final int WT = 0xbb;
  private static final int NGNRNE = 0;
  private static final int NGNRE = 4;
  private static final int NGRE = 8;
  private static final int GRE = 0xc;

  private Rig rig = new Rig(Profiles.complete()).start(4);

  private static long cd() {
    return Rig.CONTEXTS + SID * 64L;
  }

  private void ste(Field field, long value) {
    rig.poke(Rig.ste(SID), field, value);
  }

  private void stage1(int attribute, int shareability) {
    Tables tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    tables.map(VA, VA, 3, 1L << 11 | 1L << 10 | (long) shareability << 8 | 0b01L << 6 | 7L << 2);
    rig.stage1Stream(SID, 1, tables);
    rig.poke(cd(), Cd.MAIR1, (long) attribute << 24);
  }

  private void stage2(int memAttr, int shareability) {
    Tables below = new Tables(rig, Granule.SIZE_4K, 40, 1);
    for (long page = 0; page < 512; page++) {
      below.map(page << 21, page << 21, 2, Tables.STAGE2_LEAF);
    }
    rig.write(below.slot(0, 2), 8, 0);
    below.map(VA, VA, 3, 1L << 10 | (long) shareability << 8 | 0b11L << 6 | (long) memAttr << 2);
    rig.stage2(SID, 1, below);
  }

  /** What an access has in the end: the MAIR byte and SH, twice, as the TLB must agree. */
  private void leaves(int type, int shareability) {
    rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
    rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
    for (int time = 0; time < 2; time++) {
      assertTrue(rig.reads(SID, VA), () -> String.valueOf(rig.out.event()));
      assertEquals(
          "%02x %d".formatted(type, shareability),
          "%02x %d"
              .formatted(
                  MemoryAttributes.type(rig.out.memoryAttributes()),
                  MemoryAttributes.shareability(rig.out.memoryAttributes())));
    }
  }

  /** IHI 0070 5.4 MAIR: reserved encodings have a meaning here. */
  @ParameterizedTest
  @CsvSource({
    "0x00, 0x00", "0x04, 0x04", "0x08, 0x08", "0x0c, 0x0c", "0x01, 0x00", "0x06, 0x04",
    "0x0b, 0x08", "0x0f, 0x0c", "0x44, 0x44", "0xff, 0xff", "0xbb, 0xbb", "0x77, 0x77",
    "0x33, 0x33", "0xf0, 0xf3", "0x40, 0x43", "0x4f, 0x4f", "0x88, 0x88"
  })
  void everyKindOfMairByte(String mair, String expected) {
    int type = Integer.decode(expected);
    stage1(Integer.decode(mair), ISH);
    leaves(type, type <= 0xf || type == NC ? OSH : ISH);
  }

  @Test
  void shareabilityOfStage1() {
    stage1(WB, 0b00);
    leaves(WB, NSH);
    stage1(WB, 0b01);
    leaves(WB, NSH);
    stage1(WB, 0b10);
    leaves(WB, OSH);
    stage1(NGRE, 0b11);
    leaves(NGRE, OSH);
  }

  /** IHI 0070 13.4: with stage 1 alone, memory type and shareability are the descriptor's. */
  @Test
  void stage1ReplacesTypeAndShareabilityOfTheStream() {
    stage1(WT, NSH);
    ste(Ste.MTCFG, 1);
    ste(Ste.MEMATTR, 0b0001);
    ste(Ste.SHCFG, Ste.SHCFG_OUTER);
    leaves(WT, NSH);
  }

  /** DDI 0487 tables D8-97, D8-98 and D8-103. */
  @Test
  void bothStagesWithoutFwb() {
    nestedLeaves(WB, ISH, 0b1111, NSH, WB, ISH);
    nestedLeaves(WB, NSH, 0b1111, OSH, WB, OSH);
    nestedLeaves(WB, NSH, 0b1010, NSH, WT, NSH);
    nestedLeaves(WT, ISH, 0b1111, ISH, WT, ISH);
    nestedLeaves(WB, ISH, 0b0101, ISH, NC, OSH);
    nestedLeaves(NC, OSH, 0b1111, ISH, NC, OSH);
    nestedLeaves(0x4f, ISH, 0b1101, ISH, NC, OSH);
    nestedLeaves(0x4f, ISH, 0b1111, ISH, 0x4f, ISH);
    nestedLeaves(NGRE, OSH, 0b1111, ISH, NGRE, OSH);
    nestedLeaves(WB, ISH, 0b0011, ISH, GRE, OSH);
    nestedLeaves(GRE, OSH, 0b0001, ISH, NGNRE, OSH);
    nestedLeaves(NGNRNE, OSH, 0b0010, ISH, NGNRNE, OSH);
    nestedLeaves(0x77, ISH, 0b1111, ISH, 0x77, ISH);
    nestedLeaves(0xd9, ISH, 0b1111, ISH, 0xd9, ISH);
    nestedLeaves(0xd9, ISH, 0b1010, ISH, 0x99, ISH);
  }

  /** DDI 0487 tables D8-100 and D8-101. */
  @Test
  void bothStagesWithFwb() {
    forced = true;
    for (int type : new int[] {NGNRNE, GRE, NC, WT, WB, 0x77}) {
      boolean device = type <= 0xf;
      int shared = device || type == NC ? OSH : ISH;
      nestedLeaves(type, ISH, 0b0111, ISH, type, shared);
      nestedLeaves(type, ISH, 0b0101, ISH, device ? type : NC, OSH);
      int hints = type == 0x77 ? 0x77 : WB;
      nestedLeaves(type, ISH, 0b0110, ISH, hints, shared);
      nestedLeaves(type, ISH, 0b0001, ISH, type == NGNRNE ? NGNRNE : NGNRE, OSH);
      nestedLeaves(type, ISH, 0b0011, ISH, device ? type : GRE, OSH);
      nestedLeaves(type, ISH, 0b1111, ISH, type, shared);
    }
  }

  private boolean forced;

  private void nestedLeaves(int mair, int sh1, int memAttr, int sh2, int type, int shareability) {
    stage1(mair, sh1);
    ste(Ste.CONFIG, Ste.CONFIG_NESTED);
    stage2(memAttr, sh2);
    ste(Ste.S2FWB, forced ? 1 : 0);
    leaves(type, shareability);
  }

  /** IHI 0070 13.4, 13.5: without stage 1, STE and device say what stage 2 combines with. */
  @Test
  void stage2Alone() {
    rig.stream(SID, Ste.CONFIG_S2);
    stage2(0b1111, ISH);
    leaves(WB, ISH);
    ste(Ste.MTCFG, 1);
    ste(Ste.MEMATTR, 0b1010);
    leaves(WT, ISH);
    ste(Ste.MEMATTR, 0b0010);
    leaves(NGRE, OSH);
    ste(Ste.S2FWB, 1);
    stage2(0b0110, ISH);
    leaves(WB, OSH);
    stage2(0b0111, ISH);
    leaves(NGRE, OSH);
    ste(Ste.MTCFG, 0);
    ste(Ste.SHCFG, Ste.SHCFG_OUTER);
    leaves(WB, OSH);
  }

  /** IHI 0070 5.2 ALLOCCFG, 13.1.4, 13.1.7, 13.3. */
  @Test
  void overridesOfABypassedStream() {
    rig.stream(SID, Ste.CONFIG_BYPASS);
    leaves(WB, ISH);
    ste(Ste.SHCFG, Ste.SHCFG_NON_SHAREABLE);
    leaves(WB, NSH);
    ste(Ste.ALLOCCFG, 0b1100);
    leaves(0xee, NSH);
    ste(Ste.ALLOCCFG, 0b1011);
    leaves(0x55, NSH);
    ste(Ste.ALLOCCFG, 0b1001);
    leaves(0xcc, NSH);
    ste(Ste.ALLOCCFG, 0b0111);
    leaves(WB, NSH);
    ste(Ste.MTCFG, 1);
    ste(Ste.MEMATTR, 0b0110);
    ste(Ste.ALLOCCFG, 0b1110);
    leaves(0x4b, NSH);
    ste(Ste.ALLOCCFG, 0b1010);
    leaves(0x49, NSH);
    for (int reserved : new int[] {0b0100, 0b1000, 0b1100}) {
      ste(Ste.MEMATTR, reserved);
      leaves(NGNRNE, OSH);
    }
  }

  /** IHI 0070 13.4.2: hints combine with those that come in, if what comes in is cacheable. */
  @Test
  void allocationHintsOfStage1AndStreamCombine() {
    stage1(0xef, ISH);
    ste(Ste.ALLOCCFG, 0b1010);
    leaves(0xcd, ISH);
    ste(Ste.ALLOCCFG, 0b1111);
    leaves(0x67, ISH);
    ste(Ste.MTCFG, 1);
    ste(Ste.MEMATTR, 0b0101);
    leaves(0xef, ISH);
    ste(Ste.MEMATTR, 0b1101);
    leaves(0x6f, ISH);
  }

  /** The TLB is shared by the streams of an ASID; ALLOCCFG is each stream's own (5.2.1). */
  @Test
  void hintsAreNotCachedInTheTlb() {
    stage1(WB, ISH);
    leaves(WB, ISH);
    ste(Ste.ALLOCCFG, 0b1100);
    rig.command(Opcode.CFGI_STE, (long) SID << 32, 1);
    assertTrue(rig.reads(SID, VA));
    assertEquals(0xee, MemoryAttributes.type(rig.out.memoryAttributes()));
  }

  /** IHI 0070 6.3.14, 13.2. */
  @Test
  void overridesOfGlobalBypass() {
    rig.set(Register.CR0, 0);
    rig.set(
        Register.GBPA,
        Gbpa.UPDATE.of(1)
            | Gbpa.MTCFG.of(1)
            | Gbpa.MEMATTR.of(0b1010)
            | Gbpa.SHCFG.of(0b10)
            | Gbpa.ALLOCCFG.of(0b1100));
    assertTrue(rig.reads(SID, VA));
    assertEquals(0xaa, MemoryAttributes.type(rig.out.memoryAttributes()));
    assertEquals(OSH, MemoryAttributes.shareability(rig.out.memoryAttributes()));
  }

  /** IHI 0070 5.2: all of them are RES0 where IDR1.ATTR_TYPES_OVR is 0. */
  @Test
  void withoutTypeOverridesTheStreamSaysNothing() {
    rig = new Rig(Profiles.complete().with(Register.IDR1, Idr1.ATTR_TYPES_OVR, 0)).start(4);
    rig.stream(SID, Ste.CONFIG_BYPASS);
    ste(Ste.MTCFG, 1);
    ste(Ste.MEMATTR, 0b0101);
    ste(Ste.SHCFG, Ste.SHCFG_OUTER);
    ste(Ste.ALLOCCFG, 0b1000);
    leaves(WB, ISH);
  }

  /** IHI 0070 5.2 S2FWB: RES0 without IDR3.FWB, and then MemAttr 0b0110 is half cacheable. */
  @Test
  void withoutFwbTheFieldIsIgnored() {
    rig = new Rig(Rig.PLAIN).start(4);
    assertFalse(Idr3.FWB.isSet(rig.profile.idr3()));
    rig.stream(SID, Ste.CONFIG_S2);
    stage2(0b0110, ISH);
    ste(Ste.S2FWB, 1);
    leaves(0x4b, ISH);
  }

  /** IHI 0070 5.2 S2PTW: Device is what stage 2 says, with or without FWB. */
  @Test
  void protectedTableWalksReadDeviceAsFwbHasIt() {
    for (int fwb = 0; fwb < 2; fwb++) {
      for (int memAttr = 0; memAttr < 16; memAttr++) {
        stage1(WB, ISH);
        ste(Ste.CONFIG, Ste.CONFIG_NESTED);
        Tables below = new Tables(rig, Granule.SIZE_4K, 40, 1);
        below.map(0, 0, 1, 1L << 10 | 0b11L << 8 | 0b11L << 6 | (long) memAttr << 2);
        rig.stage2(SID, 1, below);
        ste(Ste.S2FWB, fwb);
        ste(Ste.S2PTW, 1);
        rig.command(Opcode.CFGI_STE_RANGE, 0, Cfgi.RANGE.of(Cfgi.RANGE_ALL));
        rig.command(Opcode.TLBI_NSNH_ALL, 0, 0);
        boolean reserved = fwb == 0 && (memAttr & 0b11) == 0;
        boolean device = reserved || (fwb == 0 ? memAttr < 4 : (memAttr & 0b100) == 0);
        assertEquals(!device, rig.reads(SID, VA), "FWB " + fwb + " MemAttr " + memAttr);
        if (device) {
          assertEquals(EventType.F_PERMISSION, rig.out.event());
          assertEquals(FaultClass.CD, rig.out.faultClass());
        }
      }
    }
  }
}
