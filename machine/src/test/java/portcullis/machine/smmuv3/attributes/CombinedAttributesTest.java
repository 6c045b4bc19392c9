package portcullis.machine.smmuv3.attributes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** What the attributes of two stages come to (DDI 0487 D8.6.5, IHI 0070 13.1.5). */
class CombinedAttributesTest {

  @Test
  void attributesOfBothStagesCombineToTheWeaker() {
    int writeBack = 0x3ff;
    int writeThrough = MemoryAttributes.of(0xbb, 0b11);
    int nonCacheable = MemoryAttributes.of(0x44, 0b11);
    assertEquals(0b10, MemoryAttributes.shareability(nonCacheable));
    assertEquals(writeBack, MemoryAttributes.combine(writeBack, writeBack));
    assertEquals(writeThrough, MemoryAttributes.combine(writeBack, writeThrough));
    assertEquals(nonCacheable, MemoryAttributes.combine(nonCacheable, writeThrough));
    int device = MemoryAttributes.ofStage2(0b0011, 0);
    assertEquals(0x0c, MemoryAttributes.type(device));
    assertEquals(device, MemoryAttributes.combine(device, writeBack));
    assertEquals(
        MemoryAttributes.DEVICE_NGNRNE,
        MemoryAttributes.combine(device, MemoryAttributes.ofStage2(0, 0)));
    assertEquals(MemoryAttributes.DEVICE_NGNRNE, MemoryAttributes.ofStage2(0b0100, 0), "reserved");
  }
}
