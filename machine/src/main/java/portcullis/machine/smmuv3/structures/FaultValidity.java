package portcullis.machine.smmuv3.structures;

import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Ste;
import portcullis.machine.smmuv3.caches.ConfigurationEntry;
import portcullis.machine.smmuv3.registers.Features;

/**
 * Whether what an STE or a CD says of faults, stalls and ATS is ILLEGAL (IHI 0070 5.2 EATS,
 * S1STALLD, S2S; 5.5).
 */
final class FaultValidity {
  private final int stallModel;
  private final boolean alwaysAborts;
  private final boolean ats;
  private final boolean splitAts;
  private final Features features;

  FaultValidity(Features features) {
    this.features = features;
    stallModel = (int) Idr0.STALL_MODEL.get(features.profile().idr0());
    alwaysAborts = features.feature0(Idr0.TERM_MODEL);
    ats = features.feature0(Idr0.ATS);
    splitAts = ats && !features.feature0(Idr0.NS1ATS);
  }

  /** S1STALLD of an STE that enables stage 1. */
  boolean stage1Legal(ConfigurationEntry ste) {
    return !ste.isSet(Ste.S1STALLD) || stallModel == Idr0.STALL_MODEL_BOTH;
  }

  /** S2S of an STE that enables stage 2. */
  boolean stage2Legal(ConfigurationEntry ste) {
    return stallLegal(ste.isSet(Ste.S2S));
  }

  /** EATS of an STE that enables either stage; it is ignored without ATS. */
  boolean atsLegal(ConfigurationEntry ste) {
    if (!ats) {
      return true;
    }
    int config = ste.get(Ste.CONFIG);
    boolean stage2Stalls = (config & Ste.CONFIG_BIT_S2) != 0 && ste.isSet(Ste.S2S);
    return switch (ste.get(Ste.EATS)) {
      case Ste.EATS_FULL -> !stage2Stalls;
      case Ste.EATS_SPLIT -> splitAts && config == Ste.CONFIG_NESTED && !stage2Stalls;
      case Ste.EATS_FULL_DPT ->
          !features.feature3(Idr3.DPT) || (!stage2Stalls && !DecodedSte.atEl2(features, ste));
      default -> true;
    };
  }

  /** A and S of a CD that {@code ste} leads to. */
  boolean contextLegal(ConfigurationEntry ste, ConfigurationEntry cd) {
    boolean stalls = cd.isSet(Cd.S);
    return stallLegal(stalls)
        && !(stalls && ste.isSet(Ste.S1STALLD))
        && (cd.isSet(Cd.A) || !alwaysAborts);
  }

  private boolean stallLegal(boolean stalls) {
    return stallModel == Idr0.STALL_MODEL_BOTH || stalls == (stallModel == Idr0.STALL_MODEL_FORCED);
  }
}
