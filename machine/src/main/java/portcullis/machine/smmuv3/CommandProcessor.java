package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Prefetch;
import portcullis.arch.smmu.Sync;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Granule;

/**
 * Executes one command of the Non-secure queue (IHI 0070 4.2 to 4.7). A command for a feature that
 * no profile offers (EL2, ATS, PRI, stalls, other Security states) is CERROR_ILL.
 */
final class CommandProcessor {
  private static final long RANGE_FIELDS_0 = Tlbi.NUM.mask() | Tlbi.SCALE.mask();
  private static final long RANGE_FIELDS_1 = Tlbi.TG.mask() | Tlbi.TTL.mask();

  private final Profile profile;
  private final Tlb tlb;
  private final IntermediateTables tables;
  private final ConfigurationCache<DecodedSte> stes;
  private final ConfigurationCache<DecodedCd> cds;
  private final Interrupts interrupts;
  private final Counters counters;

  CommandProcessor(
      Profile profile,
      Tlb tlb,
      IntermediateTables tables,
      ConfigurationCache<DecodedSte> stes,
      ConfigurationCache<DecodedCd> cds,
      Interrupts interrupts,
      Counters counters) {
    this.profile = profile;
    this.tlb = tlb;
    this.tables = tables;
    this.stes = stes;
    this.cds = cds;
    this.interrupts = interrupts;
    this.counters = counters;
  }

  /** Executes a command; returns a {@link CommandError}. */
  int execute(long word0, long word1) {
    int code = (int) word0 & 0xff;
    Opcode opcode = Opcode.of(code);
    boolean stage1 = profile.feature0(Idr0.S1P);
    boolean stage2 = profile.feature0(Idr0.S2P);
    boolean legal =
        switch (opcode) {
          case PREFETCH_CONFIG, PREFETCH_ADDR -> !Prefetch.SSEC.isSet(word0);
          case CFGI_STE -> configuration(ConfigurationScope.CFGI_STE, word0, word1);
          case CFGI_STE_RANGE -> configuration(ConfigurationScope.CFGI_STE_RANGE, word0, word1);
          case CFGI_CD -> stage1 && configuration(ConfigurationScope.CFGI_CD, word0, word1);
          case CFGI_CD_ALL -> stage1 && configuration(ConfigurationScope.CFGI_CD_ALL, word0, word1);
          case TLBI_NH_ALL -> stage1 && invalidate(TlbScope.NH_ALL, word0, word1);
          case TLBI_NH_ASID -> stage1 && invalidate(TlbScope.NH_ASID, word0, word1);
          case TLBI_NH_VA -> stage1 && invalidateRange(TlbScope.NH_VA, word0, word1);
          case TLBI_NH_VAA -> stage1 && invalidateRange(TlbScope.NH_VAA, word0, word1);
          case TLBI_S12_VMALL -> stage2 && invalidate(TlbScope.S12_VMALL, word0, word1);
          case TLBI_S2_IPA -> stage2 && invalidateRange(TlbScope.S2_IPA, word0, word1);
          case TLBI_NSNH_ALL -> invalidate(TlbScope.NSNH_ALL, word0, word1);
          case SYNC -> synchronize(word0, word1);
          case null, default -> false;
        };
    if (!legal) {
      return CommandError.CERROR_ILL;
    }
    counters.command(code);
    return CommandError.CERROR_NONE;
  }

  private boolean configuration(ConfigurationScope scope, long word0, long word1) {
    if (Cfgi.SSEC.isSet(word0)) {
      return false;
    }
    stes.invalidateStes(scope, word0, word1);
    cds.invalidateCds(scope, word0, word1);
    return true;
  }

  private boolean invalidate(TlbScope scope, long word0, long word1) {
    tlb.invalidate(scope, word0, word1);
    tables.invalidate(scope, word0, word1);
    return true;
  }

  /** By address; the range and level fields exist with IDR3.RIL only (IHI 0070 4.4.1.1). */
  private boolean invalidateRange(TlbScope scope, long word0, long word1) {
    if (!profile.feature3(Idr3.RIL)) {
      return invalidate(scope, word0 & ~RANGE_FIELDS_0, word1 & ~RANGE_FIELDS_1);
    }
    Granule granule = Granule.ofTgTlbi(Tlbi.TG.get(word1));
    boolean reserved =
        granule != null
            && (word0 & RANGE_FIELDS_0) == 0
            && effectiveLevel(granule, (int) Tlbi.TTL.get(word1)) == 0;
    return !reserved && invalidate(scope, word0, word1);
  }

  /** TTL, or 0 where it is reserved: a 16KB granule has no level-1 leaf. */
  static int effectiveLevel(Granule granule, int ttl) {
    return granule == Granule.SIZE_16K && ttl == 1 ? 0 : ttl;
  }

  /** Everything before it is complete already; only the signal is left to do. */
  private boolean synchronize(long word0, long word1) {
    return switch ((int) Sync.CS.get(word0)) {
      case Sync.CS_NONE, Sync.CS_SEV -> true;
      case Sync.CS_IRQ -> {
        interrupts.syncComplete(Sync.MSIADDRESS.inPlace(word1), Sync.MSIDATA.get(word0));
        yield true;
      }
      default -> false;
    };
  }
}
