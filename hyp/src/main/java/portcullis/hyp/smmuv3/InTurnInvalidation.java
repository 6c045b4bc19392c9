package portcullis.hyp.smmuv3;

import java.util.List;
import portcullis.arch.vmsa.Granule;
import portcullis.pgtable.TlbMaintenance;

/**
 * Invalidation of the shadow stage-2 as version 6 of the series does it: one SMMU after the other,
 * page by page, waiting for each command. What an SMMU does not answer in time is left to {@link
 * TogetherInvalidation}, which then invalidates everything on all.
 */
final class InTurnInvalidation implements TlbMaintenance {
  private final Granule granule;
  private final List<Smmu> smmus;
  private final TogetherInvalidation rest;

  InTurnInvalidation(Granule granule, List<Smmu> smmus, TogetherInvalidation rest) {
    this.granule = granule;
    this.smmus = smmus;
    this.rest = rest;
  }

  @Override
  public void invalidate(long in, long bytes, int level, boolean leaf) {
    // Once one has not answered, all that is asked for after it is left too.
    for (int i = 0; i < smmus.size() && rest.settled(); i++) {
      Smmu smmu = smmus.get(i);
      if (smmu.listens() && !smmu.invalidateEachPage(granule, in, bytes, leaf)) {
        rest.lose();
      }
    }
  }

  @Override
  public boolean complete() {
    return rest.complete();
  }
}
