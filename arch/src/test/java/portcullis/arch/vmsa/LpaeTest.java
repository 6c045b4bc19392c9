package portcullis.arch.vmsa;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Sizes and start levels of VMSAv8-32 Long-descriptor tables (DDI 0487 G5.5). */
class LpaeTest {

  /** G5.5.7.1: 2^(32 - TxSZ) bytes, from level 2 if these are at most 2^30. */
  @Test
  void stage1() {
    for (int field = 0; field < 64; field++) {
      int txsz = field % 8;
      int bits = Lpae.stage1Bits(field);
      assertEquals(32 - txsz, bits);
      assertEquals(txsz < 2 ? 1 : 2, StartLevel.stage1(Lpae.GRANULE, bits), "TxSZ " + txsz);
    }
  }

  /** G5.5.7.2: a signed T0SZ; table G5-5 says which ones go with SL0. */
  @Test
  void stage2() {
    for (int t0sz = -8; t0sz <= 7; t0sz++) {
      for (int ignored = 0; ignored < 64; ignored += 16) {
        assertEquals(32 - t0sz, Lpae.stage2Bits((t0sz & 0xf) | ignored), "T0SZ " + t0sz);
      }
      boolean[] allowed = {t0sz >= -2, t0sz <= 1, false, false};
      for (int sl0 = 0; sl0 < 4; sl0++) {
        assertEquals(
            allowed[sl0],
            Lpae.stage2Allowed(Lpae.stage2Level(sl0), 32 - t0sz),
            "SL0 %d T0SZ %d".formatted(sl0, t0sz));
      }
    }
    assertEquals(2, Lpae.stage2Level(0));
    assertEquals(1, Lpae.stage2Level(1));
  }
}
