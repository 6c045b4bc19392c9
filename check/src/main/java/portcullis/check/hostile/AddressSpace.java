package portcullis.check.hostile;

import java.util.SplittableRandom;
import portcullis.arch.smmu.Cd;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.pgtable.Stage1Attributes;
import portcullis.platform.PhysicalMemory;

/** A stage-1 address space of the hostile host: a CD and one table of each level. */
final class AddressSpace {
  /** The first IOVA of the window that the last-level table translates. */
  static final long WINDOW = 1L << 30;

  /** Pages of the window that are used. */
  static final int WINDOW_PAGES = 64;

  /** Bytes in a page and in a table of its own granule, whatever the hypervisor's. */
  static final int STAGE1_PAGE = 4096;

  private static final int LEVELS = 4;
  private static final int ENTRIES = 512;
  private static final int INPUT_BITS = 48;
  private static final long TABLE = 0b11;
  private static final long PAGE =
      0b11 | Stage1Attributes.AF | Stage1Attributes.UNPRIVILEGED | Stage1Attributes.INNER_SHAREABLE;

  private final int asid;
  private final long cd;
  private final long[] tables = new long[LEVELS];

  AddressSpace(int asid, Addresses addresses) {
    this.asid = asid;
    cd = addresses.take(STAGE1_PAGE);
    for (int level = 0; level < LEVELS; level++) {
      tables[level] = addresses.take(STAGE1_PAGE);
    }
  }

  int asid() {
    return asid;
  }

  /** The IOVA of any page of the window. */
  static long anyOfWindow(SplittableRandom random) {
    return WINDOW + random.nextLong(WINDOW_PAGES) * STAGE1_PAGE;
  }

  /**
   * Some ask the SMMU to stall what faults, which it may not be able to: then the CD is illegal.
   */
  private boolean stalls() {
    return (asid & 0b11) == 1;
  }

  /** Where the CD lies. */
  long contextDescriptor() {
    return cd;
  }

  /** Now and then what hardware updates: no Access flag, or written only once it is dirty. */
  private static long lessCommon(SplittableRandom random) {
    return switch (random.nextInt(6)) {
      case 0 -> Stage1Attributes.AF;
      case 1 ->
          Stage1Descriptor.DBM.mask()
              | Stage1Descriptor.AP.of(Stage1Descriptor.AP_RW ^ Stage1Descriptor.AP_RO);
      default -> 0;
    };
  }

  /**
   * Writes a CD and tables that make sense; the window's pages are of the host's memory.
   *
   * @param lpae whether the CD is of VMSAv8-32: then the walk begins a level later
   * @param options what else is set in the CD's first word
   */
  void build(PhysicalMemory memory, Addresses addresses, boolean lpae, long options) {
    memory.write64(tables[0], tables[1] | TABLE);
    memory.write64(tables[1] + Long.BYTES, tables[2] | TABLE);
    memory.write64(tables[2], tables[3] | TABLE);
    for (int i = 0; i < WINDOW_PAGES; i++) {
      memory.write64(tables[3] + (long) i * Long.BYTES, addresses.ramUnit() | PAGE);
    }
    memory.write64(cd + 3 * Long.BYTES, 0xff);
    memory.write64(cd + Long.BYTES, Cd.TTB0.inPlace(tables[lpae ? 1 : 0]));
    long format =
        lpae
            ? 0
            : Cd.AA64.of(1)
                | Cd.T0SZ.of(Long.SIZE - INPUT_BITS)
                | Cd.IPS.of(AddressSize.code(INPUT_BITS));
    memory.write64(
        cd,
        format
            | Cd.EPD1.of(1)
            | Cd.V.of(1)
            | Cd.R.of(1)
            | Cd.A.of(1)
            | Cd.S.of(stalls() ? 1 : 0)
            | Cd.ASET.of(1)
            | options
            | Cd.ASID.of(asid));
  }

  /**
   * Changes an entry of a table: mostly of the window, to a page, a block or a table.
   *
   * @return the IOVA whose translation the entry decides, if it is one of the window
   */
  long edit(PhysicalMemory memory, Addresses addresses, SplittableRandom random) {
    if (random.nextInt(12) == 0) {
      int level = random.nextInt(LEVELS);
      long type = random.nextInt(4);
      memory.write64(
          tables[level] + random.nextLong(random.nextBoolean() ? 2 : ENTRIES) * Long.BYTES,
          (addresses.any() & -STAGE1_PAGE) | (PAGE & ~0b11L) | type);
      return WINDOW;
    }
    int page = random.nextInt(WINDOW_PAGES);
    long target = random.nextInt(3) == 0 ? addresses.any() : addresses.ramUnit();
    long entry = random.nextInt(16) == 0 ? random.nextLong() : target & -STAGE1_PAGE;
    memory.write64(
        tables[LEVELS - 1] + (long) page * Long.BYTES,
        (entry & 0x0000_ffff_ffff_f000L) | (PAGE ^ lessCommon(random)));
    return WINDOW + (long) page * STAGE1_PAGE;
  }
}
