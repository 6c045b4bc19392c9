package portcullis.pgtable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import portcullis.arch.vmsa.Granule;
import portcullis.pgtable.TableFormat.Region;

class TableFormatTest {

  /** Start levels, SL0 and root sizes as KVM derives them from the IPA size. */
  @ParameterizedTest
  @CsvSource({
    "SIZE_4K, 32, 2, 0, 4, 2048",
    "SIZE_4K, 34, 2, 0, 16, 8192",
    "SIZE_4K, 35, 1, 1, 1, 32",
    "SIZE_4K, 40, 1, 1, 2, 1024",
    "SIZE_4K, 43, 1, 1, 16, 8192",
    "SIZE_4K, 44, 0, 2, 1, 32",
    "SIZE_4K, 48, 0, 2, 1, 512",
    "SIZE_16K, 32, 2, 1, 1, 128",
    "SIZE_16K, 40, 2, 1, 16, 32768",
    "SIZE_16K, 48, 1, 2, 2, 4096",
    "SIZE_64K, 32, 3, 0, 8, 65536",
    "SIZE_64K, 40, 2, 1, 1, 2048",
    "SIZE_64K, 46, 2, 1, 16, 131072",
    "SIZE_64K, 48, 1, 2, 1, 64",
  })
  void stage2StartsAsLateAsConcatenationAllows(
      Granule granule, int inputBits, int level, int sl0, int pages, int entries) {
    TableFormat format = TableFormat.stage2(granule, inputBits, 48);
    assertEquals(level, format.startLevel());
    assertEquals(sl0, format.sl());
    assertEquals(pages, format.rootPages());
    assertEquals(entries, format.rootEntries());
    assertEquals(64 - inputBits, format.tsz());
  }

  @Test
  void givesRegisterFields() {
    assertEquals(5, TableFormat.stage2(Granule.SIZE_4K, 40, 48).ps());
    assertEquals(6, TableFormat.stage2(Granule.SIZE_64K, 52, 52).ps());
    assertEquals(0, TableFormat.stage2(Granule.SIZE_4K, 40, 48).tg());
    assertEquals(2, TableFormat.stage2(Granule.SIZE_16K, 40, 48).tg());
    assertEquals(1, TableFormat.stage2(Granule.SIZE_64K, 40, 48).tg());
    assertEquals(1, TableFormat.stage1(Granule.SIZE_64K, 48, 48, Region.TTB0).tg());
    assertEquals(3, TableFormat.stage1(Granule.SIZE_64K, 48, 48, Region.TTB1).tg());
    assertTrue(TableFormat.stage2(Granule.SIZE_4K, 52, 52).ds());
    assertFalse(TableFormat.stage2(Granule.SIZE_64K, 52, 52).ds());
  }

  @Test
  void refusesWhatNoWalkerTakes() {
    assertRefused(() -> TableFormat.stage2(Granule.SIZE_4K, 49, 48));
    assertRefused(() -> TableFormat.stage2(Granule.SIZE_64K, 49, 48));
    assertRefused(() -> TableFormat.stage2(Granule.SIZE_4K, 24, 48));
    assertRefused(() -> TableFormat.stage2(Granule.SIZE_4K, 40, 41));
    assertRefused(() -> TableFormat.stage2(Granule.SIZE_4K, 40, 53));
    assertRefused(() -> TableFormat.stage2(Granule.SIZE_4K, 44, 48, 1));
    assertRefused(() -> TableFormat.stage2(Granule.SIZE_4K, 28, 48, 3));
    assertRefused(() -> TableFormat.stage1(Granule.SIZE_16K, 49, 48, Region.TTB0));
    assertRefused(() -> new TableFormat(1, Granule.SIZE_4K, 48, 48, 1, Region.TTB0));
    assertRefused(() -> new TableFormat(2, Granule.SIZE_4K, 40, 48, 1, Region.TTB1));
    assertRefused(() -> new TableFormat(3, Granule.SIZE_4K, 40, 48, 1, Region.TTB0));
  }

  private static void assertRefused(Runnable creation) {
    assertThrows(IllegalArgumentException.class, creation::run);
  }

  @Test
  void coversWholePagesOfItsSpaceOnly() {
    TableFormat low = TableFormat.stage1(Granule.SIZE_4K, 39, 48, Region.TTB0);
    assertTrue(low.covers(0, 1L << 39));
    assertFalse(low.covers(0, (1L << 39) + 4096));
    assertFalse(low.covers(4096, 1L << 39));
    assertFalse(low.covers(4096, Long.MAX_VALUE & -4096));
    assertFalse(low.covers(0, 0));
    assertFalse(low.covers(0, -4096));
    assertFalse(low.covers(8, 4096));
    assertFalse(low.covers(0, 8));
    assertFalse(low.covers(-4096, 4096));
    TableFormat high = TableFormat.stage1(Granule.SIZE_4K, 39, 48, Region.TTB1);
    assertTrue(high.covers(-4096, 4096));
    assertTrue(high.covers(-1L << 39, 1L << 39));
    assertFalse(high.covers((-1L << 39) - 4096, 4096));
    assertFalse(high.covers(0, 4096));
    assertFalse(high.covers(-4096, 8192));
  }

  @Test
  void outputsWholePagesOfItsSpaceOnly() {
    TableFormat format = TableFormat.stage2(Granule.SIZE_4K, 40, 40);
    assertTrue(format.canOutput(0, 1L << 40));
    assertTrue(format.canOutput((1L << 40) - 4096, 4096));
    assertFalse(format.canOutput(1L << 40, 4096));
    assertFalse(format.canOutput(4096, 1L << 40));
    assertFalse(format.canOutput(-4096, 4096));
    assertFalse(format.canOutput(4096, Long.MAX_VALUE & -4096));
  }

  @Test
  void keepsAttributesOutOfAddressAndType() {
    long always = 3L | 1L << 52;
    for (Granule granule : Granule.values()) {
      TableFormat narrow = TableFormat.stage2(granule, 40, 48);
      assertEquals(0, narrow.attributeMask() & (always | 0x0000_ffff_ffff_f000L));
      TableFormat wide = TableFormat.stage1(granule, 48, 52, Region.TTB0);
      assertEquals(0, wide.attributeMask() & (always | 0x0000_ffff_ffff_f000L));
      assertEquals(granule == Granule.SIZE_64K ? 0x300 : 0, wide.attributeMask() & 0x300);
    }
  }
}
