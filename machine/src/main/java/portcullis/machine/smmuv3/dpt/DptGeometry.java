package portcullis.machine.smmuv3.dpt;

import portcullis.arch.smmu.DptBaseCfg;
import portcullis.arch.smmu.DptEntry;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.registers.Features;

/**
 * The shape of the table, as DPT_BASE_CFG has it (IHI 0070 3.24.3, 6.3.47).
 *
 * <p>Scratch: it means nothing before {@link #take}.
 */
final class DptGeometry {
  /** What a region is cut to where L0DPTSZ is reserved: 1GB (3.24.2). */
  private static final int DEFAULT_ENTRY_BITS = 30;

  private static final int LEAST_ALIGNMENT = 12;
  private static final int ENTRY_SHIFT = Integer.numberOfTrailingZeros(DptEntry.BYTES);

  private final Features features;

  /** Bits of the addresses that the table covers. */
  int coveredBits;

  /** log2 of the bytes that a level 0 entry is for. */
  int entryBits;

  /** log2 of the bytes of a granule. */
  int granuleShift;

  DptGeometry(Features features) {
    this.features = features;
  }

  /** Takes it from a value of DPT_BASE_CFG; false if that is invalid (3.24.4). */
  boolean take(long config) {
    long size = DptBaseCfg.DPTPS.get(config);
    Granule granule = Granule.ofTgStage2(DptBaseCfg.DPTGS.get(config));
    entryBits = entryBits(config);
    if (DptBaseCfg.DPTPS.reserved(size)
        || !features.supports(granule)
        || DptBaseCfg.L0DPTSZ.reserved(DptBaseCfg.L0DPTSZ.get(config))) {
      return false;
    }
    coveredBits = AddressSize.bits(size);
    granuleShift = granule.shift();
    return coveredBits <= features.outputBits() && entryBits <= coveredBits;
  }

  /** log2 of the bytes that a level 0 entry is for, or 1GB if L0DPTSZ is reserved. */
  static int entryBits(long config) {
    long size = DptBaseCfg.L0DPTSZ.get(config);
    return DptBaseCfg.L0DPTSZ.reserved(size) ? DEFAULT_ENTRY_BITS : DptBaseCfg.entryBits(size);
  }

  /** Physical address of the level 0 entry for {@code pa}, of a table that is at {@code base}. */
  long level0(long base, long pa) {
    int tableBits = Math.max(LEAST_ALIGNMENT, coveredBits - entryBits + ENTRY_SHIFT);
    return (base & -1L << tableBits) + (pa >>> entryBits << ENTRY_SHIFT);
  }

  /** Physical address of the level 1 entry for {@code pa}, of a table that is at {@code base}. */
  long level1(long base, long pa) {
    int tableBits = entryBits - granuleShift - 1 + ENTRY_SHIFT;
    long index = (pa & (1L << entryBits) - 1) >>> (granuleShift + 1);
    return (base & -1L << tableBits) + (index << ENTRY_SHIFT);
  }
}
