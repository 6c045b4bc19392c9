package portcullis.machine.smmuv3.structures;

import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.Lpae;
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
    boolean lpae = !cd.isSet(Cd.AA64);
    return cd.isSet(Cd.V)
        && faults.contextLegal(ste, cd)
        && (!(walks0 || walks1) || features.supportsEndianness(cd.isSet(Cd.ENDI)))
        && (lpae ? lpaeLegal(ste) : aarch64Legal(ste, cd))
        && (oneRange || features.feature0(Idr0.ASID16) || cd.get(Cd.ASID) <= 0xff)
        && (!walks0
            || (lpae
                ? lpaeBaseLegal(ste, cd, Cd.TTB0)
                : tablesLegal(cd, Granule.ofTgStage1(cd.get(Cd.TG0)), Cd.T0SZ, Cd.TTB0)))
        && (!walks1
            || (lpae
                ? lpaeBaseLegal(ste, cd, Cd.TTB1)
                : tablesLegal(cd, Granule.ofTg1(cd.get(Cd.TG1)), Cd.T1SZ, Cd.TTB1)));
  }

  private boolean lpaeLegal(DecodedSte ste) {
    return features.walksLpae() && ste.world != StreamWorld.EL2_E2H;
  }

  private boolean aarch64Legal(DecodedSte ste, ConfigurationEntry cd) {
    return features.walksAarch64()
        && !(ste.stage2 && ste.lpae)
        && (features.updatesAccessFlags() || !cd.isSet(Cd.HA))
        && (features.updatesDirtyState() || !cd.isSet(Cd.HD));
  }

  /** Any T0SZ and T1SZ will do, and TG0 and TG1 do not matter. */
  private boolean lpaeBaseLegal(DecodedSte ste, ConfigurationEntry cd, Field base) {
    int bits = ste.stage2 ? Lpae.ADDRESS_BITS : features.lpaeOutputBits();
    return cd.address(base) >>> bits == 0;
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
