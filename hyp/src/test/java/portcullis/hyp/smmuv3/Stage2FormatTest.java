package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.store.Store;

/**
 * What an STE says of the shadow stage-2 (IHI 0070 5.2), and how that maps memory and the rest (DDI
 * 0487 D8.3.1, D8.5.5), as literal encodings.
 */
class Stage2FormatTest {
  /** S2T0SZ is 64 less the input bits; TG 0b00, 0b10, 0b01; PS as IDR5.OAS; SL0 by granule. */
  @ParameterizedTest
  @CsvSource({
    "SIZE_4K,  32, 32, 32, 1, 0, 0",
    "SIZE_4K,  32, 36, 32, 1, 0, 1",
    "SIZE_4K,  40, 40, 24, 1, 0, 2",
    "SIZE_4K,  42, 42, 22, 1, 0, 3",
    "SIZE_4K,  44, 44, 20, 2, 0, 4",
    "SIZE_4K,  48, 48, 16, 2, 0, 5",
    "SIZE_16K, 36, 40, 28, 1, 2, 2",
    "SIZE_16K, 48, 48, 16, 2, 2, 5",
    "SIZE_64K, 32, 40, 32, 1, 1, 2",
    "SIZE_64K, 48, 48, 16, 2, 1, 5",
    "SIZE_64K, 52, 52, 12, 2, 1, 6",
  })
  void theSteDescribesTheTable(
      Granule granule, int inputs, int outputs, int t0sz, int sl0, int tg, int ps) {
    Stage2Root root = new Stage2Root(new Store(), granule);
    root.size(inputs, outputs);
    root.set(0x1234_0000L);
    long[] ste = new long[Ste.WORDS];
    root.fillSte(ste, false);
    assertEquals(t0sz, Ste.S2T0SZ.get(ste[2]));
    assertEquals(sl0, Ste.S2SL0.get(ste[2]));
    assertEquals(tg, Ste.S2TG.get(ste[2]));
    assertEquals(ps, Ste.S2PS.get(ste[2]));
    assertEquals(0x1234_0000L, ste[3]);
  }

  /** The board's addresses and the smallest IDR5.OAS are the common denominators. */
  @Test
  void sizesAreTheLeastOfAll() {
    Fixture f = new Fixture();
    f.second.set(Register.IDR5, Idr5.OAS.with(f.second.get(Register.IDR5), 1));
    f.boot();
    long[] ste = new long[Ste.WORDS];
    f.driver.root().fillSte(ste, false);
    assertEquals(1, Ste.S2PS.get(ste[2]), "36 bits");
    assertEquals(32, Ste.S2T0SZ.get(ste[2]), "32 bits reach all of the board");
  }

  /** MemAttr 5:2, S2AP 7:6, SH 9:8, AF 10, XN 54:53. */
  @Test
  void memoryIsCacheableAndTheRestIsDevice() {
    Fixture f = new Fixture().boot();
    long attributes = 0b11L << 53 | 0x7fc;
    long memory = Stage2Oracle.leaf(f, Fixture.RAM)[0];
    assertEquals(0b1L << 10 | 0b11L << 8 | 0b11L << 6 | 0b1111L << 2, memory & attributes);
    long registers = Stage2Oracle.leaf(f, 0x3000_0000L)[0];
    assertEquals(
        0b10L << 53 | 0b1L << 10 | 0b11L << 6 | 0b0001L << 2,
        registers & attributes & ~(0b11L << 8),
        "Device-nGnRE, never executed; its shareability does not count");
  }
}
