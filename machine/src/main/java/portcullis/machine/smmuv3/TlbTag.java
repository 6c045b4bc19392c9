package portcullis.machine.smmuv3;

import portcullis.machine.vmsa.TableWalk;

/**
 * The tag word of a TLB entry: kind, page size, the leaf it came from, VMID and ASID (IHI 0070
 * 3.17). Zero is no entry.
 *
 * <p>{@code leafShift} is the size of the page or block that the tables held; {@code shift} that of
 * the entry, smaller where a stage-1 block lies over smaller stage-2 pages. An invalidation of any
 * address in the block reaches all its pieces (DDI 0487 D8.14).
 */
final class TlbTag {
  private static final long VALID = 1;
  private static final int KIND = 1;
  private static final int GLOBAL = 2;
  private static final int ASID_SET = 3;
  private static final int SHIFT = 4;
  private static final int LEAF_SHIFT = 10;
  private static final int GRANULE_SHIFT = 16;
  private static final int LEVEL = 22;
  private static final int ASID = 24;
  private static final int VMID = 40;
  private static final int SIZE_MASK = 0x3f;
  private static final int ID_MASK = 0xffff;

  /** Spreads VMIDs and ASIDs over the sets (2^32 divided by the golden ratio). */
  private static final int SPREAD = 0x9e3779b1;

  private static final long PLACE =
      VALID | 1L << KIND | 1L << GLOBAL | (long) SIZE_MASK << SHIFT | (long) ID_MASK << VMID;

  /** Bits that a lookup of a stage-2 or non-global entry compares; ASET is not among them. */
  static final long LOOKUP = PLACE | (long) ID_MASK << ASID;

  /** Bits that a lookup of a global entry compares: its ASID set, and no ASID. */
  static final long GLOBAL_LOOKUP = PLACE | 1L << ASID_SET;

  private TlbTag() {}

  /** Tag of a stage-2 entry. */
  static long stage2(StageResult result, int vmid) {
    return common(Tlb.Kind.STAGE_2, result, vmid);
  }

  /**
   * Tag of a stage-1 or combined entry.
   *
   * @param result gives the entry's size, and its walk what the leaf's was
   * @param global the leaf's nG is 0: {@code asid} does not matter, {@code asidSet} does
   */
  static long stage1(StageResult result, int vmid, int asid, boolean asidSet, boolean global) {
    return common(Tlb.Kind.STAGE_1, result, vmid)
        | (global ? 1L << GLOBAL : 0)
        | (asidSet ? 1L << ASID_SET : 0)
        | (global ? 0 : (long) asid << ASID);
  }

  private static long common(Tlb.Kind kind, StageResult result, int vmid) {
    TableWalk walk = result.walk;
    return VALID
        | (long) kind.code() << KIND
        | (long) result.shift << SHIFT
        | (long) walk.leafShift() << LEAF_SHIFT
        | (long) walk.granule.shift() << GRANULE_SHIFT
        | (long) walk.level << LEVEL
        | (long) vmid << VMID;
  }

  /** What a stage-2 or non-global entry has in the {@link #LOOKUP} bits. */
  static long key(Tlb.Kind kind, int shift, int vmid, int asid) {
    return VALID
        | (long) kind.code() << KIND
        | (long) shift << SHIFT
        | (long) vmid << VMID
        | (kind == Tlb.Kind.STAGE_1 ? (long) asid << ASID : 0);
  }

  /** What a global entry has in the {@link #GLOBAL_LOOKUP} bits. */
  static long globalKey(int shift, int vmid, boolean asidSet) {
    return key(Tlb.Kind.STAGE_1, shift, vmid, 0) | 1L << GLOBAL | (asidSet ? 1L << ASID_SET : 0);
  }

  /** A number that differs between address spaces, the same for a key and its entry. */
  static int spread(long tag) {
    int identity = asid(tag) * 31 + vmid(tag) * 2 + (stage2(tag) ? 1 : 0);
    return (identity * SPREAD) >>> 16;
  }

  static boolean valid(long tag) {
    return (tag & VALID) != 0;
  }

  static boolean stage2(long tag) {
    return (tag >>> KIND & 1) == Tlb.Kind.STAGE_2.code();
  }

  static boolean global(long tag) {
    return (tag >>> GLOBAL & 1) != 0;
  }

  static int leafShift(long tag) {
    return (int) (tag >>> LEAF_SHIFT) & SIZE_MASK;
  }

  static int granuleShift(long tag) {
    return (int) (tag >>> GRANULE_SHIFT) & SIZE_MASK;
  }

  static int level(long tag) {
    return (int) (tag >>> LEVEL) & 0b11;
  }

  static int asid(long tag) {
    return (int) (tag >>> ASID) & ID_MASK;
  }

  static int vmid(long tag) {
    return (int) (tag >>> VMID) & ID_MASK;
  }
}
