package portcullis.machine.smmuv3.caches;

import portcullis.arch.vmsa.Granule;
import portcullis.machine.vmsa.TableWalk;

/**
 * The tag word of an entry of the TLB or of the walk cache: kind, size, what it came from,
 * StreamWorld, VMID and ASID (IHI 0070 3.17). Zero is no entry.
 *
 * <p>A <em>space</em> is the part that says whose entry it is: it is decoded from STE and CD once.
 * The rest says which address. {@link #shift} is the size of the entry; that of the page or block
 * that the tables held follows from granule and level. It is larger where a stage-1 block lies over
 * smaller stage-2 pages. An invalidation of any address in the block reaches all its pieces (DDI
 * 0487 D8.17).
 */
public final class TlbTag {
  private static final long VALID = 1;
  private static final int STAGE_2 = 1;
  private static final int TABLE = 2;
  private static final int GLOBAL = 3;
  private static final int ASID_SET = 4;
  private static final int SHIFT = 5;
  private static final int GRANULE_SHIFT = 11;
  private static final int LEVEL = 16;
  private static final int ASID = 24;
  private static final int VMID = 40;
  private static final int WORLD = 56;
  private static final int UPPER = 58;

  /** log2 of a descriptor's bytes. */
  private static final int DESCRIPTOR_SHIFT = 3;

  private static final int SIZE_MASK = 0x3f;
  private static final int GRANULE_MASK = 0x1f;
  private static final int LEVEL_MASK = 0b11;
  private static final int WORLD_MASK = 0b11;
  private static final int ID_MASK = 0xffff;

  /** The bits of an ASID. */
  static final long ASID_BITS = (long) ID_MASK << ASID;

  /** The bits of a VMID. */
  static final long VMID_BITS = (long) ID_MASK << VMID;

  /** Set in entries of stage 2 alone. */
  static final long STAGE_2_BIT = 1L << STAGE_2;

  /** Set in entries of every ASID. */
  static final long GLOBAL_BIT = 1L << GLOBAL;

  /** ASET, in entries of stage 1. */
  static final long ASID_SET_BIT = 1L << ASID_SET;

  /**
   * Set in entries of tables that TTB1 leads to, where its half may begin inside of what a table of
   * TTB0 resolves: with VMSAv8-32 (DDI 0487 G5.5.5).
   */
  public static final long UPPER_BIT = 1L << UPPER;

  /** What tells one address space from another. */
  private static final long IDENTITY =
      VALID
          | STAGE_2_BIT
          | 1L << TABLE
          | ASID_BITS
          | VMID_BITS
          | (long) WORLD_MASK << WORLD
          | UPPER_BIT;

  /** Bits that a lookup of a stage-2 or non-global entry compares; ASET is not among them. */
  static final long LOOKUP = IDENTITY | GLOBAL_BIT | (long) SIZE_MASK << SHIFT;

  /** Bits that a lookup of a global entry compares: its ASID set, and no ASID. */
  static final long GLOBAL_LOOKUP = (LOOKUP & ~ASID_BITS) | ASID_SET_BIT;

  /** Spreads address spaces over the sets (2^64 divided by the golden ratio). */
  private static final long SPREAD = 0x9e37_79b9_7f4a_7c15L;

  private TlbTag() {}

  /** The space of stage-2 entries. */
  public static long stage2Space(int vmid) {
    return VALID | STAGE_2_BIT | (long) vmid << VMID;
  }

  /**
   * The space of stage-1 and combined entries, less {@link #asidSpace}.
   *
   * @param vmid 0 in a world without VMIDs
   */
  public static long stage1Space(StreamWorld world, int vmid) {
    return VALID | (long) world.ordinal() << WORLD | (long) vmid << VMID;
  }

  /** The part of a stage-1 space that the CD gives. */
  public static long asidSpace(int asid, boolean asidSet) {
    return (long) asid << ASID | (asidSet ? ASID_SET_BIT : 0);
  }

  /** Tag of the entry that {@code result} describes: its size, and its walk's leaf. */
  public static long leaf(long space, StageResult result) {
    TableWalk walk = result.walk;
    return sized(space, result.shift)
        | (long) walk.shape.granule.shift() << GRANULE_SHIFT
        | (long) walk.level << LEVEL;
  }

  /** A leaf's tag where nG is 0: the ASID does not matter, the ASID set does. */
  public static long global(long tag) {
    return (tag & ~ASID_BITS) | GLOBAL_BIT;
  }

  /**
   * Tag of a table, for the walk cache.
   *
   * @param walk has reached a table below the start level, which its level resolves
   */
  public static long table(TableWalk walk) {
    int level = walk.level;
    return sized(tableKey(walk.space), coverShift(walk))
        | (walk.space & ASID_SET_BIT)
        | (long) walk.shape.granule.shift() << GRANULE_SHIFT
        | (long) level << LEVEL;
  }

  /** log2 of the bytes of input that the reached chunk of a table resolves. */
  private static int coverShift(TableWalk walk) {
    return walk.shape.granule.levelShift(walk.level)
        + walk.chunkShift()
        - Long.numberOfTrailingZeros(Long.BYTES);
  }

  /** What the entry of a table has in the {@link #LOOKUP} bits, less its size. */
  static long tableKey(long space) {
    return (space & ~ASID_SET_BIT) | 1L << TABLE;
  }

  /** What a stage-2 or non-global entry has in the {@link #LOOKUP} bits, less its size. */
  public static long key(long space) {
    return space & ~(ASID_SET_BIT | UPPER_BIT);
  }

  /** What a global entry has in the {@link #GLOBAL_LOOKUP} bits, less its size. */
  public static long globalKey(long space) {
    return (space & ~(ASID_BITS | UPPER_BIT)) | GLOBAL_BIT;
  }

  /** A key of an entry of 2 to {@code shift} bytes. */
  static long sized(long key, int shift) {
    return key | (long) shift << SHIFT;
  }

  /** A number that differs between address spaces, the same for a key and its entry. */
  static int spread(long tag) {
    return (int) (((tag & IDENTITY) * SPREAD) >>> Integer.SIZE);
  }

  /** The bits that say whose an entry is, in words 0 of commands: VMID and ASID, in place here. */
  static long operands(long vmid, long asid) {
    return vmid << VMID | asid << ASID;
  }

  static boolean isStage2(long tag) {
    return (tag >>> STAGE_2 & 1) != 0;
  }

  /** Whether the entry holds where a table is, not a translation. */
  static boolean isTable(long tag) {
    return (tag >>> TABLE & 1) != 0;
  }

  static boolean isGlobal(long tag) {
    return (tag >>> GLOBAL & 1) != 0;
  }

  static int shift(long tag) {
    return (int) (tag >>> SHIFT) & SIZE_MASK;
  }

  /** log2 of the bytes that the descriptor covers which maps the leaf, or which names the table. */
  static int descriptorShift(long tag) {
    int shift = levelShift(tag);
    return isTable(tag) ? shift + granuleShift(tag) - DESCRIPTOR_SHIFT : shift;
  }

  /**
   * log2 of the bytes that a descriptor of the entry's level covers: of the leaf's, the table's.
   */
  static int levelShift(long tag) {
    int granule = granuleShift(tag);
    return granule + (Granule.LAST_LEVEL - level(tag)) * (granule - DESCRIPTOR_SHIFT);
  }

  static int granuleShift(long tag) {
    return (int) (tag >>> GRANULE_SHIFT) & GRANULE_MASK;
  }

  static int level(long tag) {
    return (int) (tag >>> LEVEL) & LEVEL_MASK;
  }

  static int asid(long tag) {
    return (int) (tag >>> ASID) & ID_MASK;
  }

  /** The entry's VMID. */
  public static int vmid(long tag) {
    return (int) (tag >>> VMID) & ID_MASK;
  }

  /** ASET: the ASID is the SMMU's own, not shared with PEs. */
  static boolean isAsidSet(long tag) {
    return (tag >>> ASID_SET & 1) != 0;
  }

  /** The {@link StreamWorld}, by its ordinal. */
  public static int world(long tag) {
    return (int) (tag >>> WORLD) & WORLD_MASK;
  }
}
