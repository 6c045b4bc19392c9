package portcullis.machine.smmuv3.structures;

import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Lpae;
import portcullis.arch.vmsa.StartLevel;
import portcullis.machine.smmuv3.caches.ConfigurationEntry;
import portcullis.machine.smmuv3.registers.Features;

/** Whether an STE is ILLEGAL (IHI 0070 5.2.2). */
public final class SteValidity {
  private static final int LINEAR = 0b00;
  private static final int LINEAR_RESERVED = 0b11;
  private static final int FIRST_LEVEL = 0b10;
  private static final int STRW_RESERVED = 0b01;

  private final Features features;
  private final FaultValidity faults;

  /** The rules for an SMMU with {@code features}. */
  public SteValidity(Features features) {
    this.features = features;
    this.faults = new FaultValidity(features);
  }

  /** Whether {@code ste} may be used; if not, its use is C_BAD_STE. */
  public boolean legal(ConfigurationEntry ste) {
    if (!ste.isSet(Ste.V)) {
      return false;
    }
    int config = ste.get(Ste.CONFIG);
    if ((config & Ste.CONFIG_BIT_PASS) == 0) {
      return true;
    }
    boolean stage1 = (config & Ste.CONFIG_BIT_S1) != 0;
    boolean stage2 = (config & Ste.CONFIG_BIT_S2) != 0;
    return (!stage1 || stage1Legal(ste, stage2))
        && (!stage2 || stage2Legal(ste))
        && (!stage1 || stage2 || worldLegal(ste))
        && machineLegal(ste)
        && (!(stage1 || stage2) || (vmidLegal(ste) && faults.atsLegal(ste)));
  }

  private boolean stage1Legal(ConfigurationEntry ste, boolean nested) {
    boolean substreams = features.substreamIdBits() != 0;
    int log2Cds = ste.get(Ste.S1CDMAX);
    int format = ste.get(Ste.S1FMT);
    boolean twoLevel = format != LINEAR && format != LINEAR_RESERVED;
    return features.feature0(Idr0.S1P)
        && faults.stage1Legal(ste)
        && !(substreams && log2Cds > features.substreamIdBits())
        && !(substreams && log2Cds != 0 && twoLevel && !features.feature0(Idr0.CD2L))
        && ste.address(Ste.S1CONTEXTPTR) >>> contextBits(nested) == 0;
  }

  /** The CD tables' address is an IPA where there is a stage 2 (IHI 0070 3.4.3). */
  private int contextBits(boolean nested) {
    return nested ? features.intermediateBits() : features.outputBits();
  }

  private boolean stage2Legal(ConfigurationEntry ste) {
    return features.feature0(Idr0.S2P)
        && faults.stage2Legal(ste)
        && features.supportsEndianness(ste.isSet(Ste.S2ENDI))
        && (ste.isSet(Ste.S2AA64) ? aarch64Legal(ste) : lpaeLegal(ste));
  }

  /** VMSAv8-32: S2TG and S2PS do not matter, any S2T0SZ will do that suits S2SL0. */
  private boolean lpaeLegal(ConfigurationEntry ste) {
    int level = Lpae.stage2Level(ste.get(Ste.S2SL0));
    return features.walksLpae()
        && !(features.feature3(Idr3.FWB) && ste.isSet(Ste.S2FWB))
        && !ste.isSet(Ste.S2HA)
        && !ste.isSet(Ste.S2HD)
        && ste.address(Ste.S2TTB) >>> features.lpaeOutputBits() == 0
        && Lpae.stage2Allowed(level, Lpae.stage2Bits(ste.get(Ste.S2T0SZ)));
  }

  private boolean aarch64Legal(ConfigurationEntry ste) {
    Granule granule = Granule.ofTgStage2(ste.get(Ste.S2TG));
    return features.walksAarch64()
        && (features.updatesAccessFlags() || !ste.isSet(Ste.S2HA))
        && (features.updatesDirtyState() || !ste.isSet(Ste.S2HD))
        && features.supports(granule)
        && ste.address(Ste.S2TTB) >>> baseBits(ste, granule) == 0
        && startLegal(ste, granule);
  }

  /** As S2PS, and no more than descriptors of the granule could tell. */
  private int baseBits(ConfigurationEntry ste, Granule granule) {
    return Math.min(features.outputBits(ste.get(Ste.S2PS)), features.format(granule).bits());
  }

  /** S2T0SZ in range, and consistent with S2SL0 and S2TG. */
  private boolean startLegal(ConfigurationEntry ste, Granule granule) {
    int t0sz = ste.get(Ste.S2T0SZ);
    int sl0 = ste.get(Ste.S2SL0);
    int level = StartLevel.stage2(granule, sl0);
    int inputBits = Long.SIZE - t0sz;
    return features.legalIpaSize(granule, t0sz)
        && !(sl0 == FIRST_LEVEL && features.outputBits() < firstLevelBits(granule))
        && !(granule == Granule.SIZE_4K
            && level == Granule.LAST_LEVEL
            && !features.feature3(Idr3.STT))
        && StartLevel.allowed(granule, level, inputBits, features.format(granule));
  }

  /** The OAS that the earliest start level needs (DDI 0487 D24.2.224, VTCR_EL2.SL0). */
  private static int firstLevelBits(Granule granule) {
    return granule == Granule.SIZE_16K ? 42 : 44;
  }

  /** STRW, which stage-1-only streams have. */
  private boolean worldLegal(ConfigurationEntry ste) {
    return !features.feature0(Idr0.HYP) || (ste.get(Ste.STRW) & STRW_RESERVED) == 0;
  }

  /** VMSPtr, where it is enabled, is no larger than a PA. */
  private boolean machineLegal(ConfigurationEntry ste) {
    return !DecodedSte.mapsPartIds(features, ste)
        || ste.address(Ste.VMSPTR) >>> features.outputBits() == 0;
  }

  /** Only 8 bits where IDR0.VMID16 is 0; ignored without stage 2 and at EL2. */
  private boolean vmidLegal(ConfigurationEntry ste) {
    return !features.feature0(Idr0.S2P)
        || features.feature0(Idr0.VMID16)
        || DecodedSte.atEl2(features, ste)
        || ste.get(Ste.S2VMID) <= 0xff;
  }
}
