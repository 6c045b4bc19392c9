package portcullis.machine.smmuv3.dpt;

import portcullis.arch.Layout;
import portcullis.arch.smmu.DptBlock;
import portcullis.arch.smmu.DptEntry;
import portcullis.arch.smmu.DptGranules;
import portcullis.arch.smmu.DptTable;
import portcullis.arch.smmu.Idr0;
import portcullis.machine.smmuv3.registers.Features;

/**
 * Reads entries of the table: an entry in which a reserved bit is set, or a field has a reserved
 * encoding, is invalid (IHI 0070 3.24.3.1, 3.24.4).
 *
 * <p>What an entry says is in {@link #permission} and {@link #shift}, until the next one is read.
 */
final class DptEntries {
  /** What an entry, or a lookup, says. */
  enum Meaning {
    INVALID,
    NO_ACCESS,
    TABLE,
    PERMISSION
  }

  private static final int LOWER = 0b01;
  private static final int BOTH = 0b11;

  private static final long UPPER_FIELDS =
      DptGranules.AC1.mask() | DptGranules.W1.mask() | DptGranules.VMID1.mask();
  private static final long LOWER_FIELDS =
      DptGranules.AC0.mask() | DptGranules.W0.mask() | DptGranules.VMID0.mask();

  private static final long BLOCK_RESERVED = reserved(DptBlock.LAYOUT);
  private static final long TABLE_RESERVED = reserved(DptTable.LAYOUT);
  private static final long GRANULES_RESERVED = reserved(DptGranules.LAYOUT);

  private final boolean wideVmids;
  private final int outputBits;

  private long permission;
  private int shift;

  DptEntries(Features features) {
    wideVmids = features.feature0(Idr0.VMID16);
    outputBits = features.outputBits();
  }

  private static long reserved(Layout layout) {
    return layout.reservedMask(0);
  }

  /** Of a {@link Meaning#PERMISSION}: as {@link DptPermission} packs it. */
  long permission() {
    return permission;
  }

  /** Of a {@link Meaning#PERMISSION}: log2 of the bytes of the aligned region that has it. */
  int shift() {
    return shift;
  }

  private Meaning permits(long what, int bits) {
    permission = what;
    shift = bits;
    return Meaning.PERMISSION;
  }

  /** A level 0 entry. */
  Meaning level0(long entry, DptGeometry geometry) {
    return switch ((int) DptBlock.TYPE.get(entry)) {
      case DptEntry.NO_ACCESS -> entry == 0 ? Meaning.NO_ACCESS : Meaning.INVALID;
      case DptEntry.BLOCK -> block(entry, geometry);
      case DptEntry.TABLE ->
          (entry & TABLE_RESERVED) == 0 && DptTable.ADDRESS.inPlace(entry) >>> outputBits == 0
              ? Meaning.TABLE
              : Meaning.INVALID;
      default -> Meaning.INVALID;
    };
  }

  private Meaning block(long entry, DptGeometry geometry) {
    long what = DptPermission.of(entry, DptBlock.AC, DptBlock.W, DptBlock.VMID);
    return (entry & BLOCK_RESERVED) == 0 && DptPermission.legal(what, wideVmids)
        ? permits(what, geometry.entryBits)
        : Meaning.INVALID;
  }

  /** A level 1 entry, for an access to {@code pa}. */
  Meaning level1(long entry, long pa, DptGeometry geometry) {
    int accessible = (int) DptGranules.A.get(entry);
    boolean lower = (accessible & LOWER) != 0;
    boolean upper = accessible > LOWER;
    long contig = DptGranules.CONTIG.get(entry);
    boolean region = contig != 0;
    long lowerPermission =
        DptPermission.of(entry, DptGranules.AC0, DptGranules.W0, DptGranules.VMID0);
    long upperPermission =
        DptPermission.of(entry, DptGranules.AC1, DptGranules.W1, DptGranules.VMID1);
    if ((entry & GRANULES_RESERVED) != 0
        || (region && (accessible != BOTH || !regionLegal(contig, geometry)))
        || (!lower && (entry & LOWER_FIELDS) != 0)
        || ((!upper || region) && (entry & UPPER_FIELDS) != 0)
        || (lower && !DptPermission.legal(lowerPermission, wideVmids))
        || (upper && !DptPermission.legal(upperPermission, wideVmids))) {
      return Meaning.INVALID;
    }
    if (region) {
      return permits(lowerPermission, DptGranules.regionShift(contig));
    }
    boolean upperHalf = (pa >>> geometry.granuleShift & 1) != 0;
    if (!(upperHalf ? upper : lower)) {
      return Meaning.NO_ACCESS;
    }
    return permits(upperHalf ? upperPermission : lowerPermission, geometry.granuleShift);
  }

  /** No reserved encoding, larger than a granule, and no larger than what level 0 resolves. */
  private static boolean regionLegal(long contig, DptGeometry geometry) {
    int bits = DptGranules.regionShift(contig);
    return bits > geometry.granuleShift && bits <= geometry.entryBits;
  }
}
