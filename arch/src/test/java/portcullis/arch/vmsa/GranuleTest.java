package portcullis.arch.vmsa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class GranuleTest {

  @Test
  void levelsCoverWhatTheArchitectureSays() {
    assertEquals(1L << 12, Granule.SIZE_4K.levelBytes(3));
    assertEquals(2L << 20, Granule.SIZE_4K.levelBytes(2));
    assertEquals(1L << 30, Granule.SIZE_4K.levelBytes(1));
    assertEquals(512L << 30, Granule.SIZE_4K.levelBytes(0));
    assertEquals(32L << 20, Granule.SIZE_16K.levelBytes(2));
    assertEquals(64L << 30, Granule.SIZE_16K.levelBytes(1));
    assertEquals(512L << 20, Granule.SIZE_64K.levelBytes(2));
    assertEquals(4L << 40, Granule.SIZE_64K.levelBytes(1));
  }

  @Test
  void indexTakesTheBitsOfItsLevel() {
    long address = 0x0000_8765_4321_0fffL;
    assertEquals(0x8765_4321_0fffL >> 39 & 0x1ff, Granule.SIZE_4K.index(address, 0));
    assertEquals(0x8765_4321_0fffL >> 12 & 0x1ff, Granule.SIZE_4K.index(address, 3));
    assertEquals(0x8765_4321_0fffL >> 25 & 0x7ff, Granule.SIZE_16K.index(address, 2));
    assertEquals(0x8765_4321_0fffL >> 29 & 0x1fff, Granule.SIZE_64K.index(address, 2));
  }

  @Test
  void blocksStandAtTheLevelsOfTheArchitecture() {
    assertBlocks(Granule.SIZE_4K, false, "1 2");
    assertBlocks(Granule.SIZE_4K, true, "0 1 2");
    assertBlocks(Granule.SIZE_16K, false, "2");
    assertBlocks(Granule.SIZE_16K, true, "1 2");
    assertBlocks(Granule.SIZE_64K, false, "2");
    assertBlocks(Granule.SIZE_64K, true, "1 2");
  }

  @Test
  void encodingsComeBack() {
    for (Granule granule : Granule.values()) {
      assertSame(granule, Granule.ofTgStage1(granule.tgStage1()));
      assertSame(granule, Granule.ofTg1(granule.tg1()));
      assertSame(granule, Granule.ofTgStage2(granule.tgStage2()));
      assertSame(granule, Granule.ofTgTlbi(granule.tgTlbi()));
    }
    assertNull(Granule.ofTgStage1(0b11));
    assertNull(Granule.ofTg1(0b00));
    assertNull(Granule.ofTgStage2(0b11));
    assertNull(Granule.ofTgTlbi(0));
  }

  @Test
  void granulesHaveTheirArchitectedEncodings() {
    assertSame(Granule.SIZE_64K, Granule.ofTgStage2(0b01));
    assertSame(Granule.SIZE_16K, Granule.ofTg1(0b01));
    assertSame(Granule.SIZE_4K, Granule.ofTgTlbi(0b01));
  }

  @Test
  void addressSizesAreThoseOfTheirEncodings() {
    int[] bits = {32, 36, 40, 42, 44, 48, 52, 52};
    for (int code = 0; code < bits.length; code++) {
      assertEquals(bits[code], AddressSize.bits(code));
    }
    for (int code = 0; code <= AddressSize.LAST_CODE; code++) {
      assertEquals(code, AddressSize.code(bits[code]));
    }
    assertEquals(2, AddressSize.code(39));
    assertEquals(5, AddressSize.code(45));
    assertEquals(0, AddressSize.code(1));
  }

  private static void assertBlocks(Granule granule, boolean wide, String expected) {
    StringBuilder levels = new StringBuilder();
    for (int level = -1; level <= 3; level++) {
      if (granule.blockAllowed(level, AddressFormat.of(granule, wide))) {
        levels.append(level).append(' ');
      }
    }
    assertEquals(expected, levels.toString().strip());
  }
}
