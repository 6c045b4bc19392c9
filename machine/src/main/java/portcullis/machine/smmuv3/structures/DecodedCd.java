package portcullis.machine.smmuv3.structures;

import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Lpae;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.arch.vmsa.StartLevel;
import portcullis.machine.smmuv3.attributes.LeafMeaning;
import portcullis.machine.smmuv3.attributes.MpamIds;
import portcullis.machine.smmuv3.caches.ConfigurationEntry;
import portcullis.machine.smmuv3.caches.StreamWorld;
import portcullis.machine.smmuv3.caches.TlbTag;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.vmsa.TableShape;

/** A CD as translations of one StreamWorld use it, with or without a stage 2 (IHI 0070 5.4). */
public final class DecodedCd extends ConfigurationEntry {

  /** VA[55] selects TTB1, and is what TBI extends (IHI 0070 3.4.1). */
  private static final int SELECT_BIT = 55;

  private static final int ABOVE_SELECT_BIT = Long.SIZE - 1 - SELECT_BIT;

  /** The first address beyond VMSAv8-32's. */
  private static final long LPAE_END = 1L << Lpae.VA_BITS;

  /** Where output addresses have 52 bits, tables are aligned to 64 bytes at least (5.4, TTB0). */
  private static final long WIDE_ALIGNMENT = 64;

  private static final long READ_ONLY = Stage1Descriptor.AP.of(Stage1Descriptor.AP_PRIV_RO);

  /** One half of the address space: TTB0's or TTB1's. */
  public static final class Half {
    /** EPDx is 0. */
    public boolean walks;

    /** TBIx, of VMSAv8-64. */
    boolean ignoresTopByte;

    /** HADx is 0: table descriptors limit what is below them. */
    public boolean hierarchy;

    /** E0PDx, of VMSAv8-64: unprivileged accesses are Translation faults. */
    public boolean deniesUnprivileged;

    /** What an address of this half has above the input size, as a signed number. */
    long above;

    /** Meaningful if {@link #walks}. */
    public final TableShape tables = new TableShape();

    /** In the space of {@link #tables} in the walk cache: {@link TlbTag#UPPER_BIT}, or 0. */
    public long walkSpace;

    /** Of {@link #tables}. */
    public final LeafMeaning lastLeaf = new LeafMeaning();

    /** The address with its top byte as TBI takes it. */
    public long effectiveAddress(long va) {
      return ignoresTopByte ? va << ABOVE_SELECT_BIT >> ABOVE_SELECT_BIT : va;
    }

    /** Whether the bits of {@code va} above the input size say that it is outside this half. */
    public boolean excludes(long va) {
      return va >> tables.inputBits != above;
    }
  }

  private final Features features;
  private final MpamIds mpamIds;
  private final Half lower = new Half();
  private final Half upper = new Half();
  private StreamWorld world = StreamWorld.EL1;
  private boolean nested;

  /** High bits of an address that do not say in which half it is. */
  private int unselective;

  /** Addresses of the upper half, less those bits, are this and more. */
  private long upperFrom;

  /** AA64 is 0: VMSAv8-32 LPAE tables. */
  public boolean lpae;

  /** ASID and ASET, as {@link TlbTag} packs them. */
  public long space;

  /** A leaf without access flag faults. */
  public boolean accessFlagFaults;

  /** HA: a leaf without access flag gets it. */
  boolean setsAccessFlag;

  /** HD, with HA: a writable-clean leaf becomes writable-dirty by a write. */
  boolean marksDirty;

  /** The StreamWorld tells privileged from unprivileged accesses, and ASIDs. */
  public boolean twoPrivileges;

  /** CD.A and CD.S: what becomes of a transaction that faults at stage 1. */
  public FaultModel faultModel;

  /** CD.R, which S overrides. */
  public boolean recordsFaults;

  /** PARTID and PMG of what goes through it, as {@link MpamIds} packs them (IHI 0070 17.2). */
  public int mpam;

  /** A CD of no words yet, of an SMMU with {@code features}. */
  public DecodedCd(Features features) {
    this.features = features;
    this.mpamIds = MpamIds.of(features);
  }

  /** Sees to it that the CD, which is legal, is decoded for streams of {@code ste}. */
  public void serve(DecodedSte ste) {
    if (world != ste.world || nested != ste.stage2) {
      world = ste.world;
      nested = ste.stage2;
      decode();
    }
    mpam = ste.contextMpam ? mpamIds.ids(get(Cd.PARTID), get(Cd.PMG)) : ste.mpam;
  }

  @Override
  protected void decode() {
    lpae = !isSet(Cd.AA64);
    twoPrivileges = world != StreamWorld.EL2;
    space = TlbTag.asidSpace(twoPrivileges ? get(Cd.ASID) : 0, isSet(Cd.ASET));
    setsAccessFlag = !lpae && isSet(Cd.HA);
    marksDirty = setsAccessFlag && isSet(Cd.HD);
    accessFlagFaults = !setsAccessFlag && !isSet(Cd.AFFD);
    faultModel =
        isSet(Cd.S) ? FaultModel.STALL : isSet(Cd.A) ? FaultModel.ABORT : FaultModel.RAZ_WI;
    recordsFaults = isSet(Cd.R) || isSet(Cd.S);
    lower.walks = !(twoPrivileges && isSet(Cd.EPD0));
    upper.walks = twoPrivileges && !isSet(Cd.EPD1);
    decodeSelection();
    half(
        lower,
        lpae ? Lpae.GRANULE : Granule.ofTgStage1(get(Cd.TG0)),
        Cd.TBI0,
        Cd.HAD0,
        Cd.E0PD0,
        Cd.T0SZ,
        Cd.TTB0);
    half(
        upper,
        lpae ? Lpae.GRANULE : Granule.ofTg1(get(Cd.TG1)),
        Cd.TBI1,
        Cd.HAD1,
        Cd.E0PD1,
        Cd.T1SZ,
        Cd.TTB1);
  }

  /**
   * Which half an address is in: VA[55] says it, or with VMSAv8-32 the two sizes (IHI 0070 3.4.1;
   * DDI 0487 table G5-2). The size of a half that is not walked is IGNORED.
   */
  private void decodeSelection() {
    if (!lpae) {
      unselective = ABOVE_SELECT_BIT;
      upperFrom = Long.MIN_VALUE;
      return;
    }
    unselective = 0;
    int lowerBits = lower.walks ? Lpae.stage1Bits(get(Cd.T0SZ)) : Lpae.VA_BITS;
    int upperBits = upper.walks ? Lpae.stage1Bits(get(Cd.T1SZ)) : Lpae.VA_BITS;
    upperFrom = upperBits < Lpae.VA_BITS ? LPAE_END - (1L << upperBits) : 1L << lowerBits;
  }

  private void half(
      Half half, Granule granule, Field tbi, Field had, Field e0pd, Field size, Field base) {
    half.lastLeaf.forget();
    half.ignoresTopByte = !lpae && isSet(tbi);
    half.hierarchy = !(features.feature3(Idr3.HAD) && isSet(had));
    half.deniesUnprivileged = !lpae && twoPrivileges && features.feature3(Idr3.E0PD) && isSet(e0pd);
    if (half.walks) {
      TableShape tables = half.tables;
      tables.granule = granule;
      tables.format = features.format(granule);
      tables.bigEndian = isSet(Cd.ENDI);
      tables.inputBits = lpae ? Lpae.stage1Bits(get(size)) : Long.SIZE - get(size);
      tables.outputBits = lpae ? Lpae.ADDRESS_BITS : features.outputBits(get(Cd.IPS));
      tables.tableBits = lpae && !nested ? features.lpaeOutputBits() : tables.outputBits;
      tables.startLevel = StartLevel.stage1(granule, tables.inputBits);
      half.walkSpace = lpae && half == upper ? TlbTag.UPPER_BIT : 0;
      half.above = half == lower ? 0 : lpae ? (LPAE_END - 1) >>> tables.inputBits : -1;
      boolean wide = tables.outputBits == AddressSize.MAX_BITS;
      tables.setTable(address(base) & (wide ? -WIDE_ALIGNMENT : -1));
    }
  }

  /** The half that {@code va} is in; with one privilege level the upper one is never walked. */
  public Half half(long va) {
    return Long.compareUnsigned(va << unselective, upperFrom) >= 0 ? upper : lower;
  }

  /** The address with its top byte as TBI takes it. */
  public long effectiveAddress(long va) {
    return half(va).effectiveAddress(va);
  }

  /** Whether a translation by {@code leaf} is every ASID's; without ASIDs none is told apart. */
  public boolean isGlobal(long leaf) {
    return twoPrivileges && !Stage1Descriptor.NG.isSet(leaf);
  }

  /** {@code leaf} as the SMMU leaves it after an access that its page allows. */
  public long marked(long leaf, boolean written) {
    long accessed = setsAccessFlag ? Stage1Descriptor.AF.with(leaf, 1) : leaf;
    return written && isClean(leaf) ? accessed & ~READ_ONLY : accessed;
  }

  /** Whether {@code leaf} is writable-clean, if no table above forbids writes (IHI 0070 3.13.3). */
  public boolean isClean(long leaf) {
    return marksDirty && Stage1Descriptor.DBM.isSet(leaf) && (leaf & READ_ONLY) != 0;
  }
}
