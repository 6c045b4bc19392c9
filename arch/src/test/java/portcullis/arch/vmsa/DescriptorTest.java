package portcullis.arch.vmsa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import portcullis.arch.Field;

class DescriptorTest {

  @Test
  void stage1FieldsStandWhereTheArchitecturePutsThem() {
    assertEquals(1L, Stage1Descriptor.VALID.mask());
    assertEquals(2L, Stage1Descriptor.TABLE.mask());
    assertEquals(0x7L << 2, Stage1Descriptor.ATTRINDX.mask());
    assertEquals(1L << 5, Stage1Descriptor.NS.mask());
    assertEquals(3L << 6, Stage1Descriptor.AP.mask());
    assertEquals(3L << 8, Stage1Descriptor.SH.mask());
    assertEquals(1L << 10, Stage1Descriptor.AF.mask());
    assertEquals(1L << 11, Stage1Descriptor.NG.mask());
    assertEquals(1L << 16, Stage1Descriptor.NT.mask());
    assertEquals(1L << 50, Stage1Descriptor.GP.mask());
    assertEquals(1L << 51, Stage1Descriptor.DBM.mask());
    assertEquals(1L << 52, Stage1Descriptor.CONT.mask());
    assertEquals(1L << 53, Stage1Descriptor.PXN.mask());
    assertEquals(1L << 54, Stage1Descriptor.UXN.mask());
    assertEquals(1L << 59, Stage1Descriptor.PXNTABLE.mask());
    assertEquals(1L << 60, Stage1Descriptor.XNTABLE.mask());
    assertEquals(3L << 61, Stage1Descriptor.APTABLE.mask());
    assertEquals(1L << 63, Stage1Descriptor.NSTABLE.mask());
  }

  @Test
  void stage2FieldsStandWhereTheArchitecturePutsThem() {
    assertEquals(0xfL << 2, Stage2Descriptor.MEMATTR.mask());
    assertEquals(3L << 6, Stage2Descriptor.S2AP.mask());
    assertEquals(3L << 8, Stage2Descriptor.SH.mask());
    assertEquals(1L << 10, Stage2Descriptor.AF.mask());
    assertEquals(1L << 11, Stage2Descriptor.FNXS.mask());
    assertEquals(1L << 51, Stage2Descriptor.DBM.mask());
    assertEquals(1L << 52, Stage2Descriptor.CONT.mask());
    assertEquals(3L << 53, Stage2Descriptor.XN.mask());
    assertEquals(0xfL << 55, Stage2Descriptor.SW.mask());
  }

  @Test
  void addressFieldsFollowGranuleAndLevel() {
    assertAddress("OA 47:12", DescriptorKind.PAGE, Granule.SIZE_4K, 3, AddressFormat.BITS_48);
    assertAddress("OA 47:21", DescriptorKind.BLOCK, Granule.SIZE_4K, 2, AddressFormat.BITS_48);
    assertAddress("OA 47:30", DescriptorKind.BLOCK, Granule.SIZE_4K, 1, AddressFormat.BITS_48);
    assertAddress("OA 49:39", DescriptorKind.BLOCK, Granule.SIZE_4K, 0, AddressFormat.LPA2);
    assertAddress("OA 47:25", DescriptorKind.BLOCK, Granule.SIZE_16K, 2, AddressFormat.BITS_48);
    assertAddress("OA 47:42", DescriptorKind.BLOCK, Granule.SIZE_64K, 1, AddressFormat.LPA);
    assertAddress("NLTA 47:14", DescriptorKind.TABLE, Granule.SIZE_16K, 2, AddressFormat.BITS_48);
    assertAddress("NLTA 47:16", DescriptorKind.TABLE, Granule.SIZE_64K, 2, AddressFormat.LPA);
  }

  @Test
  void addressBitsAbove47MoveDown() {
    assertEquals(0x000f_1234_5678_0000L, AddressFormat.LPA.address(0x1234_5678_f7ffL, 16));
    assertEquals(0x1234_5678_f000L, AddressFormat.LPA.of(0x000f_1234_5678_0000L));
    assertEquals(0x000f_1234_5678_9000L, AddressFormat.LPA2.address(0x0003_1234_5678_9300L, 12));
    assertEquals(0x0003_1234_5678_9300L, AddressFormat.LPA2.of(0x000f_1234_5678_9000L));
    assertEquals(0x1234_5678_9000L, AddressFormat.BITS_48.address(0xffff_1234_5678_9fffL, 12));
  }

  @Test
  void addressesRoundTripInEveryFormat() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(0x48);
    for (Granule granule : Granule.values()) {
      for (boolean wide : new boolean[] {false, true}) {
        AddressFormat format = AddressFormat.of(granule, wide);
        for (int level = granule.firstBlockLevel(format); level <= 3; level++) {
          long mask = (1L << format.bits()) - granule.levelBytes(level);
          for (int round = 0; round < 200; round++) {
            long address = random.nextLong() & mask;
            long bits = format.of(address);
            assertEquals(address, format.address(bits, granule.levelShift(level)));
            assertEquals(0, bits & 0xffL, "attribute bits stay clear");
          }
        }
      }
    }
  }

  @Test
  void addressTooWideForTheFormatIsAsserted() {
    assertThrows(AssertionError.class, () -> AddressFormat.BITS_48.of(1L << 48));
    assertThrows(AssertionError.class, () -> AddressFormat.LPA2.of(1L << 52));
  }

  @Test
  void kindFollowsLevelAndLowBits() {
    AddressFormat narrow = AddressFormat.BITS_48;
    assertEquals(DescriptorKind.INVALID, DescriptorKind.of(0b10, Granule.SIZE_4K, 1, narrow));
    assertEquals(DescriptorKind.BLOCK, DescriptorKind.of(0b01, Granule.SIZE_4K, 1, narrow));
    assertEquals(DescriptorKind.TABLE, DescriptorKind.of(0b11, Granule.SIZE_4K, 1, narrow));
    assertEquals(DescriptorKind.RESERVED, DescriptorKind.of(0b01, Granule.SIZE_4K, 0, narrow));
    assertEquals(
        DescriptorKind.BLOCK, DescriptorKind.of(0b01, Granule.SIZE_4K, 0, AddressFormat.LPA2));
    assertEquals(DescriptorKind.RESERVED, DescriptorKind.of(0b01, Granule.SIZE_64K, 3, narrow));
    assertEquals(DescriptorKind.PAGE, DescriptorKind.of(0b11, Granule.SIZE_64K, 3, narrow));
  }

  @Test
  void stage2MemoryTypesDependOnFwb() {
    assertTrue(Stage2MemAttr.isDevice(Stage2MemAttr.DEVICE_NGNRE, false));
    assertTrue(Stage2MemAttr.isDevice(Stage2MemAttr.DEVICE_GRE, false));
    assertFalse(Stage2MemAttr.isDevice(Stage2MemAttr.NORMAL_NC, false));
    assertFalse(Stage2MemAttr.isDevice(0b1010, false));
    assertTrue(Stage2MemAttr.isDevice(0b1010, true));
    assertFalse(Stage2MemAttr.isDevice(Stage2MemAttr.FWB_NORMAL_WB, true));
    assertEquals(
        "Normal outer WB inner WB",
        Stage2Descriptor.MEMATTR.nameOf(Stage2MemAttr.NORMAL_WB).orElseThrow());
  }

  @Test
  void mairBytesAreSelectedByIndex() {
    long mair = Mair.of(0, Mair.NORMAL_NC) | Mair.of(1, Mair.NORMAL_WB) | Mair.of(7, 0x04);
    assertEquals(0x0400_0000_0000_ff44L, mair);
    assertEquals(Mair.DEVICE_NGNRE, Mair.attribute(mair, 7));
    assertTrue(Mair.isDevice(Mair.attribute(mair, 7)));
    assertFalse(Mair.isDevice(Mair.attribute(mair, 1)));
  }

  private static void assertAddress(
      String expected, DescriptorKind kind, Granule granule, int level, AddressFormat format) {
    Field address =
        Stage2Descriptor.layout(kind, granule, level, format, false).fields().stream()
            .filter(field -> field.kind() == Field.Kind.ADDRESS)
            .findFirst()
            .orElseThrow();
    assertEquals(expected, address.name() + " " + address.msb() + ":" + address.lsb());
  }
}
