package portcullis.arch.vmsa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SyndromeTest {

  @Test
  void dataAbortFieldsStandWhereTheArchitecturePutsThem() {
    assertEquals(0x3fL, DataAbortIss.DFSC.mask());
    assertEquals(1L << 6, DataAbortIss.WNR.mask());
    assertEquals(1L << 7, DataAbortIss.S1PTW.mask());
    assertEquals(1L << 8, DataAbortIss.CM.mask());
    assertEquals(1L << 9, DataAbortIss.EA.mask());
    assertEquals(1L << 10, DataAbortIss.FNV.mask());
    assertEquals(3L << 11, DataAbortIss.SET.mask());
    assertEquals(1L << 13, DataAbortIss.VNCR.mask());
    assertEquals(1L << 14, DataAbortIss.AR.mask());
    assertEquals(1L << 15, DataAbortIss.SF.mask());
    assertEquals(0x1fL << 16, DataAbortIss.SRT.mask());
    assertEquals(1L << 21, DataAbortIss.SSE.mask());
    assertEquals(3L << 22, DataAbortIss.SAS.mask());
    assertEquals(1L << 24, DataAbortIss.ISV.mask());
    assertEquals(0x00ff_c000L, DataAbortIss.INSTRUCTION_SYNDROME);
    assertEquals(1L << 25, Esr.IL.mask());
    assertEquals(0x3fL << 26, Esr.EC.mask());
  }

  @Test
  void onlyTheTwoDataAbortClassesAreDataAborts() {
    for (long ec = 0; ec <= Esr.EC.max(); ec++) {
      assertEquals(ec == 0x24 || ec == 0x25, Esr.isDataAbort(Esr.EC.of(ec)));
    }
  }

  @Test
  void faultStatusNamesItsLevel() {
    assertEquals("translation fault, level 3", DataAbortIss.DFSC.nameOf(0x07).orElseThrow());
    assertEquals("permission fault, level 1", DataAbortIss.DFSC.nameOf(0x0d).orElseThrow());
    assertEquals("External abort on walk, level 0", DataAbortIss.DFSC.nameOf(0x14).orElseThrow());
    assertTrue(DataAbortIss.DFSC.reserved(0x19));
    assertFalse(DataAbortIss.DFSC.reserved(DataAbortIss.DFSC_TLB_CONFLICT));
  }

  @Test
  void stage2RegistersStandWhereTheArchitecturePutsThem() {
    assertEquals(0x3fL, Vtcr.T0SZ.mask());
    assertEquals(3L << 6, Vtcr.SL0.mask());
    assertEquals(3L << 14, Vtcr.TG0.mask());
    assertEquals(7L << 16, Vtcr.PS.mask());
    assertEquals(1L << 19, Vtcr.VS.mask());
    assertEquals(1L << 21, Vtcr.HA.mask());
    assertEquals(1L << 22, Vtcr.HD.mask());
    assertEquals(1L << 25, Vtcr.HWU59.mask());
    assertEquals(1L << 28, Vtcr.HWU62.mask());
    assertEquals(1L << 31, Vtcr.RES1.mask());
    assertEquals(1L << 32, Vtcr.DS.mask());
    assertEquals(1L << 33, Vtcr.SL2.mask());
    assertEquals(0xffffL << 48, Vttbr.VMID.mask());
    assertEquals(0x0000_ffff_ffff_fffeL, Vttbr.BADDR.mask());
    assertEquals(1L, Vttbr.CNP.mask());
  }
}
