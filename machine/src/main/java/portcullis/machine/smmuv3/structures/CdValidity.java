package portcullis.machine.smmuv3.structures;

import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.caches.ConfigurationEntry;
import portcullis.machine.smmuv3.caches.StreamWorld;
import portcullis.machine.smmuv3.registers.Features;

/** Whether a CD is ILLEGAL (IHI 0070 5.4.2). */
public final class CdValidity {
  private final Features features;
  private final FaultValidity faults;

  /** The rules for an SMMU with {@code features}. */
  public CdValidity(Features features) {
    this.features = features;
    this.faults = new FaultValidity(features);
  }

  /** Whether {@code cd}, found through {@code ste}, may be used; if not, its use is C_BAD_CD. */
  public boolean legal(DecodedSte ste, ConfigurationEntry cd) {
    // Without a second privilege level EPD0 and EPD1 are ignored, and there is no TTB1 (5.4).
    boolean oneRange = ste.world == StreamWorld.EL2;
    boolean walks0 = oneRange || !cd.isSet(Cd.EPD0);
    boolean walks1 = !oneRange && !cd.isSet(Cd.EPD1);
    return cd.isSet(Cd.V)
        && faults.contextLegal(ste, cd)
        && (!(walks0 || walks1) || features.supportsEndianness(cd.isSet(Cd.ENDI)))
        && cd.isSet(Cd.AA64)
        && (features.updatesAccessFlags() || !cd.isSet(Cd.HA))
        && (features.updatesDirtyState() || !cd.isSet(Cd.HD))
        && (oneRange || features.feature0(Idr0.ASID16) || cd.get(Cd.ASID) <= 0xff)
        && (!walks0 || tablesLegal(cd, Granule.ofTgStage1(cd.get(Cd.TG0)), Cd.T0SZ, Cd.TTB0))
        && (!walks1 || tablesLegal(cd, Granule.ofTg1(cd.get(Cd.TG1)), Cd.T1SZ, Cd.TTB1));
  }

  private boolean tablesLegal(ConfigurationEntry cd, Granule granule, Field size, Field base) {
    return features.supports(granule)
        && features.legalVaSize(granule, cd.get(size))
        && cd.address(base) >>> baseBits(cd, granule) == 0;
  }

  /** As IPS, and no more than descriptors of the granule could tell. */
  private int baseBits(ConfigurationEntry cd, Granule granule) {
    return Math.min(features.outputBits(cd.get(Cd.IPS)), features.format(granule).bits());
  }
}
