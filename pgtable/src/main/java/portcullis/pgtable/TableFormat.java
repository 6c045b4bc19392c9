package portcullis.pgtable;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.DescriptorKind;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.arch.vmsa.StartLevel;

/**
 * The shape of a translation table, and with it the register fields that describe it to a walker.
 *
 * <p>Output addresses of 52 bits are FEAT_LPA's with a 64KB granule and FEAT_LPA2's (TCR_ELx.DS or
 * VTCR_EL2.DS set) with 4KB and 16KB: {@link #addressFormat} tells. Not offered: the contiguous
 * hint, FEAT_TTST's sizes below 25 bits and its stage-2 walk that starts at level 3 with 4KB, and
 * D128.
 *
 * @param stage 1 or 2
 * @param granule size of a page and of a table
 * @param inputBits size of the input address space (64 - T0SZ or T1SZ): 25 to 48; to 52 with 52-bit
 *     outputs, and at stage 1 with a 64KB granule
 * @param outputBits size of the output address space: 32, 36, 40, 42, 44, 48 or 52
 * @param startLevel level of the root: -1 to 3. At stage 2 the root may be up to 16 concatenated
 *     tables. Whether hardware of a given physical address size takes a start level as early as
 *     this is the caller's to know (DDI 0487 D8.2.8 to D8.2.10)
 * @param region which half of a stage-1 address space; {@link Region#TTB0} at stage 2
 */
public record TableFormat(
    int stage, Granule granule, int inputBits, int outputBits, int startLevel, Region region) {

  /** Which of the two tables of a stage-1 regime, and so how its input addresses are extended. */
  public enum Region {
    /** Addresses from 0 up. */
    TTB0,
    /** Addresses that end at 2^64: all bits above the input size are ones. */
    TTB1,
  }

  private static final int MIN_INPUT_BITS = 25;
  private static final int NARROW_BITS = 48;
  private static final int WIDE_BITS = 52;

  /** A stage-2 4KB walk starts no later without FEAT_TTST. */
  private static final int LAST_START_4K = 2;

  /** What software may put above the type bits of an invalid descriptor. */
  private static final int ANNOTATION_LSB = Stage2Descriptor.TABLE.msb() + 1;

  /** The largest annotation: 62 bits. */
  public static final long MAX_ANNOTATION = -1L >>> ANNOTATION_LSB;

  /**
   * Checks that the components fit together.
   *
   * @throws IllegalArgumentException if no walker could use such a table
   */
  public TableFormat {
    require(stage == 1 || stage == 2, "no stage " + stage);
    require(
        outputBits <= AddressSize.MAX_BITS
            && AddressSize.bits(AddressSize.code(outputBits)) == outputBits,
        "no output size of " + outputBits + " bits");
    AddressFormat format = AddressFormat.of(granule, outputBits > NARROW_BITS);
    boolean wideInput =
        format != AddressFormat.BITS_48 || (stage == 1 && granule == Granule.SIZE_64K);
    require(
        inputBits >= MIN_INPUT_BITS && inputBits <= (wideInput ? WIDE_BITS : NARROW_BITS),
        "no input size of " + inputBits + " bits");
    if (stage == 1) {
      require(
          startLevel == StartLevel.stage1(granule, inputBits),
          "a stage-1 walk of " + inputBits + " bits does not start at level " + startLevel);
    } else {
      require(region == Region.TTB0, "stage 2 has one table");
      require(
          StartLevel.allowed(granule, startLevel, inputBits, format)
              && (granule != Granule.SIZE_4K || startLevel <= LAST_START_4K),
          "a stage-2 walk of " + inputBits + " bits cannot start at level " + startLevel);
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /**
   * A stage-1 table.
   *
   * @throws IllegalArgumentException if there is no such format
   */
  public static TableFormat stage1(Granule granule, int inputBits, int outputBits, Region region) {
    return new TableFormat(
        1, granule, inputBits, outputBits, StartLevel.stage1(granule, inputBits), region);
  }

  /**
   * A stage-2 table with as few levels as its input size allows: the root is concatenated wherever
   * that saves a level, as KVM does.
   *
   * @throws IllegalArgumentException if there is no such format
   */
  public static TableFormat stage2(Granule granule, int inputBits, int outputBits) {
    AddressFormat format = AddressFormat.of(granule, outputBits > NARROW_BITS);
    int level = StartLevel.deepest(granule, inputBits, format);
    return stage2(
        granule,
        inputBits,
        outputBits,
        granule == Granule.SIZE_4K ? Math.min(level, LAST_START_4K) : level);
  }

  /**
   * A stage-2 table that starts at a given level.
   *
   * @throws IllegalArgumentException if there is no such format
   */
  public static TableFormat stage2(Granule granule, int inputBits, int outputBits, int startLevel) {
    return new TableFormat(2, granule, inputBits, outputBits, startLevel, Region.TTB0);
  }

  /** Where descriptors hold their address. */
  public AddressFormat addressFormat() {
    return AddressFormat.of(granule, outputBits > NARROW_BITS);
  }

  /** Value of T0SZ, T1SZ or S2T0SZ. */
  public int tsz() {
    return Long.SIZE - inputBits;
  }

  /**
   * Value of SL2:SL0 (VTCR_EL2) or S2SL0_2:S2SL0 (STE). Only at stage 2.
   *
   * @return 0 to 4
   */
  public int sl() {
    assert stage == 2;
    return StartLevel.sl(granule, startLevel);
  }

  /** Value of TG0 (stage 1), TG1 (stage 1, TTB1), or TG0 of VTCR_EL2 and S2TG (stage 2). */
  public int tg() {
    if (stage == 2) {
      return granule.tgStage2();
    }
    return region == Region.TTB0 ? granule.tgStage1() : granule.tg1();
  }

  /** Value of IPS (stage 1), or PS and S2PS (stage 2). */
  public int ps() {
    return AddressSize.code(outputBits);
  }

  /** Whether TCR_ELx.DS, VTCR_EL2.DS, CD.DS or STE.S2DS must be set. */
  public boolean ds() {
    return addressFormat() == AddressFormat.LPA2;
  }

  /** Descriptors in the root. */
  public int rootEntries() {
    return 1 << (inputBits - granule.levelShift(startLevel));
  }

  /** Pages that the root takes, and is aligned to: a power of two, more than 1 if concatenated. */
  public int rootPages() {
    return Math.max(1, rootEntries() / granule.entries());
  }

  /** Bytes that a descriptor at {@code level} covers. */
  public long levelBytes(int level) {
    return granule.levelBytes(level);
  }

  /** Whether {@code [in, in+bytes)} is a non-empty range of whole pages within the input space. */
  public boolean covers(long in, long bytes) {
    long va = offset(in);
    return in == address(va)
        && ((in | bytes) & (granule.bytes() - 1)) == 0
        && bytes > 0
        && bytes <= (1L << inputBits) - va;
  }

  /** Whether {@code [out, out+bytes)} lies in whole pages within the output space. */
  public boolean canOutput(long out, long bytes) {
    return ((out | bytes) & (granule.bytes() - 1)) == 0
        && out >= 0
        && bytes >= 0
        && bytes <= (1L << outputBits)
        && out <= (1L << outputBits) - bytes;
  }

  /** {@code in} as counted from the first input address. */
  long offset(long in) {
    return in & ((1L << inputBits) - 1);
  }

  /** The input address at {@code offset} from the first one. */
  long address(long offset) {
    return region == Region.TTB0 ? offset : offset | -1L << inputBits;
  }

  /**
   * The bits that an entry's attributes may use: every defined field of a page descriptor but its
   * type, its address and the contiguous hint.
   */
  public long attributeMask() {
    Layout layout =
        stage == 1
            ? Stage1Descriptor.layout(
                DescriptorKind.PAGE, granule, Granule.LAST_LEVEL, addressFormat())
            : Stage2Descriptor.layout(
                DescriptorKind.PAGE, granule, Granule.LAST_LEVEL, addressFormat(), false);
    Field contiguous = stage == 1 ? Stage1Descriptor.CONT : Stage2Descriptor.CONT;
    return ~(layout.reservedMask(0)
        | Stage2Descriptor.VALID.mask()
        | Stage2Descriptor.TABLE.mask()
        | contiguous.mask()
        | addressMask());
  }

  /**
   * The attribute bits that limit who may do what, and that {@link PageTable#protect} changes: a
   * walker may see either value of them without break-before-make.
   */
  public long permissionMask() {
    return stage == 1
        ? Stage1Descriptor.AP.mask() | Stage1Descriptor.PXN.mask() | Stage1Descriptor.UXN.mask()
        : Stage2Descriptor.S2AP.mask() | Stage2Descriptor.XN.mask();
  }

  /** The bits of a descriptor that hold address bits of a page. */
  private long addressMask() {
    AddressFormat format = addressFormat();
    return format.of((1L << format.bits()) - granule.bytes());
  }

  /** Output address of a block or page. */
  public long output(long descriptor, int level) {
    return addressFormat().address(descriptor, granule.levelShift(level));
  }

  /** Attribute bits of a block or page. */
  public long attributes(long descriptor) {
    return descriptor
        & ~(addressMask() | Stage2Descriptor.VALID.mask() | Stage2Descriptor.TABLE.mask());
  }

  /** Whether a descriptor maps or points to something: bit 0. */
  public static boolean isValid(long descriptor) {
    return (descriptor & Stage2Descriptor.VALID.mask()) != 0;
  }

  /** What an invalid descriptor is annotated with; 0 if nothing, or if it is valid. */
  public static long annotation(long descriptor) {
    return isValid(descriptor) ? 0 : descriptor >>> ANNOTATION_LSB;
  }

  /** The invalid descriptor that carries an annotation. */
  static long annotated(long annotation) {
    return annotation << ANNOTATION_LSB;
  }
}
