package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;

/** Whether an STE is ILLEGAL, for an SMMU without ATS, stalls and HTTU (IHI 0070 5.2.2). */
final class SteValidity {
  private static final int STALL_FORBIDDEN = 0b01;
  private static final int LINEAR = 0b00;
  private static final int LINEAR_RESERVED = 0b11;
  private static final int MIN_T0SZ = 16;
  private static final int MAX_T0SZ = 39;
  private static final int MAX_T0SZ_SMALL = 48;
  private static final int MAX_T0SZ_SMALL_64K = 47;
  private static final int MAX_CONCATENATED_BITS = 4;
  private static final int NO_LEVEL = -1;

  private final Profile profile;

  SteValidity(Profile profile) {
    this.profile = profile;
  }

  /** Whether {@code ste} may be used; if not, its use is C_BAD_STE. */
  boolean legal(ConfigurationEntry ste) {
    if (!ste.isSet(Ste.V)) {
      return false;
    }
    int config = ste.get(Ste.CONFIG);
    if ((config & Ste.CONFIG_BIT_PASS) == 0) {
      return true;
    }
    boolean stage1 = (config & Ste.CONFIG_BIT_S1) != 0;
    boolean stage2 = (config & Ste.CONFIG_BIT_S2) != 0;
    return (!stage1 || stage1Legal(ste))
        && (!stage2 || stage2Legal(ste))
        && (!(stage1 || stage2) || vmidLegal(ste));
  }

  private boolean stage1Legal(ConfigurationEntry ste) {
    boolean substreams = profile.substreamIdBits() != 0;
    int log2Cds = ste.get(Ste.S1CDMAX);
    int format = ste.get(Ste.S1FMT);
    boolean twoLevel = format != LINEAR && format != LINEAR_RESERVED;
    return profile.feature0(Idr0.S1P)
        && !(ste.isSet(Ste.S1STALLD) && Idr0.STALL_MODEL.isSet(profile.idr0()))
        && !(substreams && log2Cds > profile.substreamIdBits())
        && !(substreams && log2Cds != 0 && twoLevel && !profile.feature0(Idr0.CD2L))
        && ste.address(Ste.S1CONTEXTPTR) >>> profile.outputBits() == 0;
  }

  private boolean stage2Legal(ConfigurationEntry ste) {
    Granule granule = Granule.ofTgStage2(ste.get(Ste.S2TG));
    boolean stallForbidden = Idr0.STALL_MODEL.get(profile.idr0()) == STALL_FORBIDDEN;
    return profile.feature0(Idr0.S2P)
        && !(ste.isSet(Ste.S2S) && stallForbidden)
        && ste.isSet(Ste.S2AA64)
        && !ste.isSet(Ste.S2HA)
        && !ste.isSet(Ste.S2HD)
        && !ste.isSet(Ste.S2ENDI)
        && profile.supports(granule)
        && ste.address(Ste.S2TTB) >>> profile.outputBits(ste.get(Ste.S2PS)) == 0
        && startLegal(ste, granule);
  }

  /** S2T0SZ in range, and consistent with S2SL0 and S2TG. */
  private boolean startLegal(ConfigurationEntry ste, Granule granule) {
    boolean small = profile.feature3(Idr3.STT);
    int t0sz = ste.get(Ste.S2T0SZ);
    int least = Math.max(MIN_T0SZ, Long.SIZE - profile.outputBits());
    int most =
        !small ? MAX_T0SZ : granule == Granule.SIZE_64K ? MAX_T0SZ_SMALL_64K : MAX_T0SZ_SMALL;
    if (t0sz < least || t0sz > most) {
      return false;
    }
    int level = startLevel(granule, ste.get(Ste.S2SL0), small);
    if (level == NO_LEVEL) {
      return false;
    }
    int indexBits = Long.SIZE - t0sz - TableWalker.levelShift(granule.shift(), level);
    return indexBits >= 1 && indexBits <= granule.bitsPerLevel() + MAX_CONCATENATED_BITS;
  }

  /** The start level that S2SL0 selects, or {@link #NO_LEVEL} (DDI 0487 D8.2, VTCR_EL2.SL0). */
  private int startLevel(Granule granule, int sl0, boolean small) {
    if (sl0 == 0b10 && profile.outputBits() < (granule == Granule.SIZE_16K ? 42 : 44)) {
      return NO_LEVEL;
    }
    if (sl0 == 0b11) {
      return granule == Granule.SIZE_4K && small ? 3 : NO_LEVEL;
    }
    return startLevel(granule, sl0);
  }

  /** The start level of a legal STE. */
  static int startLevel(Granule granule, int sl0) {
    if (sl0 == 0b11) {
      return 3;
    }
    return (granule == Granule.SIZE_4K ? 2 : 3) - sl0;
  }

  /** Only 8 bits where IDR0.VMID16 is 0; ignored without stage 2. */
  private boolean vmidLegal(ConfigurationEntry ste) {
    return !profile.feature0(Idr0.S2P)
        || profile.feature0(Idr0.VMID16)
        || ste.get(Ste.S2VMID) <= 0xff;
  }
}
