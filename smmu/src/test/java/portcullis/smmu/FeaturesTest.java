package portcullis.smmu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

/** Identification registers as literal words, field by field (IHI 0070 6.3.1 to 6.3.8). */
class FeaturesTest {
  private static final Features NONE = new Features(0, 0, 0, 0, 0, 0);

  private static Features idr0(long idr0) {
    return new Features((int) idr0, 0, 0, 0, 0, 0);
  }

  private static Features idr1(long idr1) {
    return new Features(0, (int) idr1, 0, 0, 0, 0);
  }

  private static Features iidr(int iidr) {
    return new Features(0, 0, 0, 0, iidr, 0);
  }

  @Test
  void oneBitOfIdr0IsOneFeature() {
    assertFalse(NONE.stage1());
    assertTrue(idr0(1 << 1).stage1());
    assertFalse(idr0(~(1L << 1)).stage1());
    assertTrue(idr0(1 << 0).stage2());
    assertFalse(idr0(~1L).stage2());
    assertTrue(idr0(1 << 4).coherent());
    assertFalse(idr0(~(1L << 4)).coherent());
    assertTrue(idr0(1 << 9).hyp());
    assertTrue(idr0(1 << 10).ats());
    assertTrue(idr0(1 << 13).msi());
    assertTrue(idr0(1 << 14).sev());
    assertTrue(idr0(1 << 16).pri());
    assertEquals(8, NONE.asidBits());
    assertEquals(16, idr0(1 << 12).asidBits());
  }

  @Test
  void encodingsOfIdr0AreTheArchitectures() {
    assertFalse(idr0(0b01 << 2).aarch64Tables(), "TTF: VMSAv8-32 only");
    assertTrue(idr0(0b10 << 2).aarch64Tables());
    assertTrue(idr0(0b11 << 2).aarch64Tables());
    assertTrue(idr0(0b00L << 21).littleEndianTables(), "TTENDIAN: mixed");
    assertTrue(idr0(0b10L << 21).littleEndianTables());
    assertFalse(idr0(0b11L << 21).littleEndianTables());
    assertFalse(idr0(0b00L << 27).twoLevelStreamTable());
    assertTrue(idr0(0b01L << 27).twoLevelStreamTable());
    assertTrue(idr0(0b00L << 24).stalls());
    assertFalse(idr0(0b01L << 24).stalls());
    assertTrue(idr0(0b10L << 24).stalls());
    assertFalse(idr0(0b00L << 24).stallForced());
    assertTrue(idr0(0b10L << 24).stallForced());
  }

  @Test
  void splitAtsNeedsBothStagesAndNs1ats() {
    long both = 0b11 | 1 << 10;
    assertTrue(idr0(both).splitAts());
    assertFalse(idr0(both & ~1).splitAts(), "no stage 2");
    assertFalse(idr0(both & ~2).splitAts(), "no stage 1");
    assertFalse(idr0(both & ~(1 << 10)).splitAts(), "no ATS");
    assertFalse(idr0(both | 1 << 11).splitAts(), "IDR0.NS1ATS");
  }

  @Test
  void sizesAreCutToWhatTheArchitectureHas() {
    size(Features::sidBits, 0, 6, 32);
    size(Features::priqLog2, 11, 5, 19);
    size(Features::eventqLog2, 16, 5, 19);
    size(Features::cmdqLog2, 21, 5, 19);
  }

  /** Every value of a field of IDR1, between neighbours that are all ones. */
  private static void size(ToLongFunction<Features> read, int lsb, int bits, int most) {
    for (long value = 0; value < 1L << bits; value++) {
      long others = ~(((1L << bits) - 1) << lsb);
      assertEquals(Math.min(value, most), read.applyAsLong(idr1(value << lsb)));
      assertEquals(Math.min(value, most), read.applyAsLong(idr1(others | value << lsb)));
    }
  }

  @Test
  void presetAndRelativeAddressesAreSeen() {
    assertFalse(idr1(0x0fff_ffffL).presetOrRelative());
    for (int bit : new int[] {28, 29, 30}) {
      assertTrue(idr1(1L << bit).presetOrRelative(), "IDR1[" + bit + "]");
    }
    assertFalse(idr1(1L << 31).presetOrRelative(), "ECMDQ is something else");
  }

  @Test
  void idr3AndIdr5() {
    assertTrue(new Features(0, 0, 1 << 10, 0, 0, 0).rangeInvalidation());
    assertFalse(new Features(0, 0, ~(1 << 10), 0, 0, 0).rangeInvalidation());
    for (int level = 0; level < 3; level++) {
      assertEquals(level, new Features(0, 0, level << 11, 0, 0, 0).bbmLevel());
    }
    int[] outputs = {32, 36, 40, 42, 44, 48, 52};
    for (int oas = 0; oas < outputs.length; oas++) {
      assertEquals(outputs[oas], new Features(0, 0, 0, oas, 0, 0).outputBits());
    }
    int[] shifts = {12, 14, 16};
    for (int i = 0; i < shifts.length; i++) {
      Features only = new Features(0, 0, 0, 1 << 4 + i, 0, 0);
      for (int shift : shifts) {
        assertEquals(shift == shifts[i], only.granule(shift));
      }
      assertFalse(only.granule(13));
    }
  }

  /** QEMU 11's SMMU, as measured. */
  @Test
  void qemu() {
    Features qemu = new Features(0x0d44_101b, 0x0273_0010, 0x1414, 0x74, 0, 1);
    assertTrue(qemu.stage1() && qemu.stage2() && qemu.coherent() && qemu.aarch64Tables());
    assertTrue(qemu.rangeInvalidation() && qemu.twoLevelStreamTable());
    assertFalse(qemu.ats() || qemu.pri() || qemu.sev() || qemu.msi() || qemu.stalls());
    assertEquals(16, qemu.sidBits());
    assertEquals(16, qemu.asidBits());
    assertEquals(2, qemu.bbmLevel());
    assertEquals(44, qemu.outputBits());
    assertEquals(19, qemu.cmdqLog2());
    assertEquals(19, qemu.eventqLog2());
    assertFalse(qemu.nestingErratum());
  }

  /**
   * MMU-600 (ProductID 0x483) before r2, MMU-700 (0x487) before r1p1, of Arm's (0x43b) only. IIDR
   * is ProductID, Variant, Revision, Implementer.
   */
  @Test
  void nestingErrataByVariantAndRevision() {
    for (int variant = 0; variant < 16; variant++) {
      for (int revision = 0; revision < 16; revision++) {
        int version = variant << 16 | revision << 12;
        assertEquals(variant < 2, iidr(0x4830_043b | version).nestingErratum());
        assertEquals(
            variant == 0 || (variant == 1 && revision == 0),
            iidr(0x4870_043b | version).nestingErratum());
        assertFalse(iidr(0x4830_043c | version).nestingErratum(), "not Arm's");
        assertFalse(iidr(0x4850_043b | version).nestingErratum(), "another product");
      }
    }
  }
}
