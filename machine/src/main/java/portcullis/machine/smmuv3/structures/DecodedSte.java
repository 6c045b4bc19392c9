package portcullis.machine.smmuv3.structures;

import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Lpae;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.arch.vmsa.StartLevel;
import portcullis.machine.smmuv3.attributes.LeafMeaning;
import portcullis.machine.smmuv3.attributes.MemoryAttributes;
import portcullis.machine.smmuv3.attributes.MpamIds;
import portcullis.machine.smmuv3.caches.ConfigurationEntry;
import portcullis.machine.smmuv3.caches.StreamWorld;
import portcullis.machine.smmuv3.caches.TlbTag;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.vmsa.TableShape;

/** An STE as translations use it (IHI 0070 5.2). */
public final class DecodedSte extends ConfigurationEntry {
  private static final long WRITABLE = Stage2Descriptor.S2AP.of(Stage2Descriptor.S2AP_WO);

  /** Where output addresses have 52 bits, tables are aligned to 64 bytes at least (5.2, S2TTB). */
  private static final long WIDE_ALIGNMENT = 64;

  private static final int OVERRIDE_OFF = 0b10;
  private static final int OVERRIDE_ON = 0b11;

  private final Features features;
  private final MpamIds mpamIds;

  /** STE.Config lets transactions through. */
  public boolean passes;

  /** STE.Config enables stage 1. */
  public boolean stage1;

  /** STE.Config enables stage 2. */
  public boolean stage2;

  /** log2 of the CDs; 0 where there is one. */
  public int log2Contexts;

  /** S1DSS. */
  public int defaultSubstream;

  /** S2AA64 is 0: stage 2 has VMSAv8-32 LPAE tables, if it is enabled. */
  public boolean lpae;

  /** Stage 2's tables; meaningful if it is enabled. */
  public final TableShape tables = new TableShape();

  /** Of stage-2 entries of the TLB, as {@link TlbTag} packs it. */
  public long stage2Space;

  /** The StreamWorld, once it is {@linkplain #settle settled}. */
  public StreamWorld world;

  /** Of stage-1 and combined entries, less what the CD adds; it follows from {@link #world}. */
  public long stage1Space;

  /** A leaf without access flag faults at stage 2. */
  public boolean accessFlagFaults;

  /** S2HA: a leaf without access flag gets it. */
  public boolean setsAccessFlag;

  /** S2HD, with S2HA: a writable-clean leaf becomes writable-dirty by a write. */
  boolean marksDirty;

  /** S2FWB: stage 2 alone may decide the memory type. */
  public boolean forcesType;

  /** S2PTW: stage-1 tables must not lie in Device memory. */
  public boolean protectsTableWalks;

  /** S2S: what becomes of a transaction that faults at stage 2. */
  public FaultModel stage2FaultModel;

  /** S2R, which S2S overrides. */
  public boolean recordsStage2Faults;

  /** PRIVCFG and INSTCFG change what the device says: see {@link #privileged}. */
  public boolean overridesPermissions;

  /** Attributes of a transaction that no stage 1 gives attributes to. */
  public int incomingAttributes;

  /** They take allocation hints away from those that stage 1 gives. */
  public boolean limitsAllocation;

  /** PARTID and PMG, as {@link MpamIds} packs them (IHI 0070 17.2). */
  public int mpam;

  /** S1MPAM: what goes through stage 1 has those of its CD. */
  boolean contextMpam;

  /** VMSPtr is enabled: the PARTIDs of CDs are virtual (5.2, 5.6). */
  public boolean mapsPartIds;

  /** Of {@link #tables}. */
  public final LeafMeaning lastLeaf = new LeafMeaning();

  private boolean el2;

  private int privilegeOverride;
  private int instructionOverride;

  /** An STE of no words yet, of an SMMU with {@code features}. */
  public DecodedSte(Features features) {
    this.features = features;
    this.mpamIds = MpamIds.of(features);
  }

  @Override
  protected void decode() {
    int config = get(Ste.CONFIG);
    passes = (config & Ste.CONFIG_BIT_PASS) != 0;
    stage1 = passes && (config & Ste.CONFIG_BIT_S1) != 0;
    stage2 = passes && (config & Ste.CONFIG_BIT_S2) != 0;
    log2Contexts = features.substreamIdBits() == 0 ? 0 : get(Ste.S1CDMAX);
    defaultSubstream = get(Ste.S1DSS);
    privilegeOverride = get(Ste.PRIVCFG);
    instructionOverride = get(Ste.INSTCFG);
    overridesPermissions =
        features.feature1(Idr1.ATTR_PERMS_OVR)
            && (overrides(privilegeOverride) || overrides(instructionOverride));
    incomingAttributes =
        MemoryAttributes.ofIncoming(
            features, isSet(Ste.MTCFG), get(Ste.MEMATTR), get(Ste.SHCFG), get(Ste.ALLOCCFG));
    limitsAllocation = MemoryAttributes.limitsAllocation(incomingAttributes);
    mpam = mpamIds.ids(get(Ste.PARTID), get(Ste.PMG));
    contextMpam = features.mpam() && isSet(Ste.S1MPAM);
    mapsPartIds = mapsPartIds(features, this);
    el2 = atEl2(features, this);
    stage2Space = TlbTag.stage2Space(vmid());
    if (stage2) {
      decodeStage2();
    }
  }

  private void decodeStage2() {
    lastLeaf.forget();
    lpae = !isSet(Ste.S2AA64);
    if (lpae) {
      shapeLpae();
    } else {
      shapeAarch64();
    }
    tables.format = features.format(tables.granule);
    tables.bigEndian = isSet(Ste.S2ENDI);
    boolean wide = tables.outputBits == AddressSize.MAX_BITS;
    tables.setTable(address(Ste.S2TTB) & (wide ? -WIDE_ALIGNMENT : -1));
    setsAccessFlag = isSet(Ste.S2HA);
    marksDirty = setsAccessFlag && isSet(Ste.S2HD);
    accessFlagFaults = !setsAccessFlag && !isSet(Ste.S2AFFD);
    forcesType = features.feature3(Idr3.FWB) && isSet(Ste.S2FWB);
    protectsTableWalks = isSet(Ste.S2PTW);
    stage2FaultModel = isSet(Ste.S2S) ? FaultModel.STALL : FaultModel.ABORT;
    recordsStage2Faults = isSet(Ste.S2R) || isSet(Ste.S2S);
  }

  private void shapeAarch64() {
    tables.granule = Granule.ofTgStage2(get(Ste.S2TG));
    tables.inputBits = Long.SIZE - get(Ste.S2T0SZ);
    tables.outputBits = features.outputBits(get(Ste.S2PS));
    tables.tableBits = tables.outputBits;
    tables.startLevel = StartLevel.stage2(tables.granule, get(Ste.S2SL0));
  }

  private void shapeLpae() {
    tables.granule = Lpae.GRANULE;
    tables.inputBits = Lpae.stage2Bits(get(Ste.S2T0SZ));
    tables.outputBits = Lpae.ADDRESS_BITS;
    tables.tableBits = features.lpaeOutputBits();
    tables.startLevel = Lpae.stage2Level(get(Ste.S2SL0));
  }

  /**
   * Whether a valid STE's streams belong to EL2, with or without E2H: STRW counts for stage-1-only
   * streams.
   */
  static boolean atEl2(Features features, ConfigurationEntry ste) {
    return features.feature0(Idr0.HYP)
        && ste.get(Ste.CONFIG) == Ste.CONFIG_S1
        && ste.get(Ste.STRW) == Ste.STRW_EL2;
  }

  /** Whether VMSPtr of an STE is enabled; else it is IGNORED (IHI 0070 5.2). */
  static boolean mapsPartIds(Features features, ConfigurationEntry ste) {
    return features.mapsPartIds()
        && ste.get(Ste.CONFIG) == Ste.CONFIG_NESTED
        && ste.isSet(Ste.S1MPAM);
  }

  /**
   * What tags the translations of streams of EL1. With stage 2, even a stage-1-only stream's
   * entries have the STE's VMID (IHI 0070 3.17).
   */
  public int vmid() {
    return features.feature0(Idr0.S2P) ? get(Ste.S2VMID) : 0;
  }

  /** Takes {@link #world} and what follows from it, which depends on CR2.E2H too. */
  public void settle(boolean e2h) {
    world = !el2 ? StreamWorld.EL1 : e2h ? StreamWorld.EL2_E2H : StreamWorld.EL2;
    stage1Space = TlbTag.stage1Space(world, el2 ? 0 : vmid());
  }

  /** {@code leaf} of stage 2 as the SMMU leaves it after an access that its page allows. */
  public long marked(long leaf, boolean written) {
    long accessed = setsAccessFlag ? Stage2Descriptor.AF.with(leaf, 1) : leaf;
    return written && isClean(leaf) ? accessed | WRITABLE : accessed;
  }

  /** Whether {@code leaf} of stage 2 is writable-clean (IHI 0070 3.13.3). */
  public boolean isClean(long leaf) {
    return marksDirty && Stage2Descriptor.DBM.isSet(leaf) && (leaf & WRITABLE) == 0;
  }

  /** PnU after PRIVCFG. */
  public boolean privileged(boolean incoming) {
    return overridden(privilegeOverride, incoming);
  }

  /** InD after INSTCFG; a write stays data (IHI 0070 13.1.2). */
  public boolean instruction(boolean incoming) {
    return overridden(instructionOverride, incoming);
  }

  private static boolean overrides(int config) {
    return config == OVERRIDE_OFF || config == OVERRIDE_ON;
  }

  private static boolean overridden(int config, boolean incoming) {
    return switch (config) {
      case OVERRIDE_OFF -> false;
      case OVERRIDE_ON -> true;
      default -> incoming;
    };
  }
}
