package portcullis.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.arch.vmsa.Vtcr;
import portcullis.store.Store;

/** The walk of DDI 0487 D8.2 and D8.3 for the host's accesses; needs no QEMU. */
class HostStage2Test {
  private static final long RAM = VirtMap.RAM_BASE;
  private static final long LEVEL1 = RAM;
  private static final long LEVEL2 = RAM + 0x4000;
  private static final long LEVEL3 = RAM + 0x5000;
  private static final long TABLE = 0b11;
  private static final long PAGE = 0b11;
  private static final long BLOCK = 0b01;
  private static final long AF = Stage2Descriptor.AF.of(1);
  private static final long RW = Stage2Descriptor.S2AP.of(Stage2Descriptor.S2AP_RW) | AF;
  private static final long RO = Stage2Descriptor.S2AP.of(Stage2Descriptor.S2AP_RO) | AF;

  /** 4 KiB pages, 40-bit inputs from level 1 (two concatenated tables), 40-bit outputs. */
  private static final long VTCR =
      Vtcr.T0SZ.of(24) | Vtcr.SL0.of(1) | Vtcr.TG0.of(Granule.SIZE_4K.tgStage2()) | Vtcr.PS.of(2);

  private final GuestRam ram = new GuestRam(MemorySegment.ofArray(new long[0x1_0000 / Long.BYTES]));
  private final HostStage2 stage2 = new HostStage2(new Store(), ram);

  private void enable(long vtcr) {
    stage2.enableHostStage2(LEVEL1 | 7L << 48, vtcr);
  }

  private void set(long table, int index, long descriptor) {
    ram.write64(table + (long) index * Long.BYTES, descriptor);
  }

  private void assertFault(int dfsc, long ipa, boolean write) {
    assertEquals(HostStage2.FAULT, stage2.translate(ipa, write));
    assertEquals(dfsc, stage2.faultStatus());
  }

  @Test
  void isIdentityUntilItIsEnabled() {
    assertEquals(0x1234_5678_9abcL, stage2.translate(0x1234_5678_9abcL, true));
  }

  @Test
  void walksToPagesAndBlocksOfEachLevel() {
    enable(VTCR);
    set(LEVEL1, 0, LEVEL2 | TABLE);
    set(LEVEL1, 2, 0x40_0000_0000L | BLOCK | RW);
    set(LEVEL1, 513, 0x80_4000_0000L | BLOCK | RW);
    set(LEVEL2, 1, 0x1_0020_0000L | BLOCK | RW);
    set(LEVEL2, 3, LEVEL3 | TABLE);
    set(LEVEL3, 511, 0x5000_7000L | PAGE | RW);
    assertEquals(0x40_3fff_fff8L, stage2.translate(0xbfff_fff8L, true));
    assertEquals(0x80_4000_0000L, stage2.translate(0x80_4000_0000L, true));
    assertEquals(0x1_0021_2345L, stage2.translate(0x21_2345, false));
    assertEquals(0x5000_7fffL, stage2.translate(0x7f_ffff, true));
  }

  @Test
  void faultsAtTheLevelThatStopsTheWalk() {
    enable(VTCR);
    set(LEVEL1, 0, LEVEL2 | TABLE);
    set(LEVEL2, 0, LEVEL3 | TABLE);
    set(LEVEL3, 1, RAM | BLOCK | RW);
    assertFault(0x05, 1L << 30, false);
    assertFault(0x06, 1L << 21, false);
    assertFault(0x07, 0, false);
    assertFault(0x07, 0x1000, false);
    assertFault(0x04, 1L << 40, false);
  }

  @Test
  void checksAccessFlagAndPermissions() {
    enable(VTCR);
    set(LEVEL1, 0, LEVEL2 | TABLE);
    set(LEVEL1, 1, RAM | BLOCK | RO);
    set(LEVEL2, 0, BLOCK | (RW & ~AF));
    set(LEVEL2, 1, BLOCK | Stage2Descriptor.S2AP.of(Stage2Descriptor.S2AP_WO) | AF);
    set(LEVEL2, 2, BLOCK | AF);
    assertEquals(RAM, stage2.translate(1L << 30, false));
    assertFault(0x0d, 1L << 30, true);
    assertFault(0x0a, 0, false);
    assertFault(0x0e, 1 << 21, false);
    assertEquals(0, stage2.translate(1 << 21, true));
    assertFault(0x0e, 2 << 21, false);
    assertFault(0x0e, 2 << 21, true);
  }

  @Test
  void tablesOutsideRamAndAddressesAboveTheOutputSizeStopTheWalk() {
    enable(VTCR);
    set(LEVEL1, 0, 0x1000 | TABLE);
    set(LEVEL1, 1, 1L << 40 | BLOCK | RW);
    assertFault(0x16, 0, false);
    assertFault(0x01, 1L << 30, false);
    stage2.enableHostStage2(1L << 40, VTCR);
    assertFault(0x00, 0, false);
    stage2.enableHostStage2(1L << 32, VTCR);
    assertFault(0x15, 0, false);
  }

  @Test
  void aFormatThatIsReservedFaultsAtLevel0() {
    enable(Vtcr.TG0.with(VTCR, 3));
    assertFault(0x04, 0, false);
    enable(Vtcr.SL0.with(VTCR, 0));
    assertFault(0x04, 0, false);
    enable(Vtcr.T0SZ.with(VTCR, 0));
    assertFault(0x04, 0, false);
  }
}
