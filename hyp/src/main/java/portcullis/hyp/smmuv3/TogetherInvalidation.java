package portcullis.hyp.smmuv3;

import java.util.List;
import portcullis.arch.vmsa.Granule;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.pgtable.TlbMaintenance;
import portcullis.platform.Clock;
import portcullis.store.Flag;
import portcullis.store.Store;

/**
 * Invalidation of the shadow stage-2 on every SMMU: first submitted to all, then awaited from all.
 * However many ranges were asked for, each SMMU is waited for once, and all of them at the same
 * time.
 *
 * <p>No CMD_CFGI_* is among it, although a cached STE or CD leads into memory that is gone: what a
 * configuration cache may hold of it are IPAs, and configuration carries nothing else forward (IHI
 * 0070 16.2.2). Where an SMMU joins a translation of one to a cached entry, a TLB invalidation that
 * covers the translation ends that entry (16.2.1), and no fetch of a CD or of a stage-1 descriptor
 * uses it once CMD_SYNC completes (3.21.1).
 */
final class TogetherInvalidation implements TlbMaintenance {
  private final Clock clock;
  private final ProtectionPolicy protections;
  private final Granule granule;
  private final List<Smmu> smmus;

  /** Something was asked to be forgotten and is not known to be. */
  private final Flag outstanding;

  /** Requests among it may not have arrived. */
  private final Flag lost;

  TogetherInvalidation(
      Store store, Clock clock, ProtectionPolicy protections, Granule granule, List<Smmu> smmus) {
    this.clock = clock;
    this.protections = protections;
    this.granule = granule;
    this.smmus = smmus;
    outstanding = store.flag("hyp.smmu.stage2.outstanding");
    lost = store.flag("hyp.smmu.stage2.lost");
  }

  @Override
  public void invalidate(long in, long bytes, int level, boolean leaf) {
    outstanding.set(true);
    if (!protections.takes(Measure.INVALIDATE_STAGE2)) {
      return;
    }
    for (int i = 0; i < smmus.size(); i++) {
      Smmu smmu = smmus.get(i);
      if (smmu.listens()) {
        smmu.invalidate(granule, in, bytes, level, leaf);
      }
    }
  }

  /** Whether no SMMU is known to hang: then what is asked for has a chance to be done. */
  boolean answered() {
    boolean all = true;
    for (int i = 0; i < smmus.size(); i++) {
      all &= !smmus.get(i).listens() || smmus.get(i).answers();
    }
    return all;
  }

  /** Requests were not answered in time: {@link #complete} invalidates everything. */
  void lose() {
    outstanding.set(true);
    lost.set(true);
  }

  /** Whether nothing is left to be forgotten. */
  boolean settled() {
    return !outstanding.get();
  }

  @Override
  public boolean complete() {
    if (settled()) {
      return true;
    }
    for (int i = 0; i < smmus.size(); i++) {
      if (smmus.get(i).listens()) {
        submit(smmus.get(i));
      }
    }
    boolean done = true;
    long since = clock.nanos();
    if (protections.takes(Measure.WAIT_FOR_SYNC)) {
      for (int i = 0; i < smmus.size(); i++) {
        done &= !smmus.get(i).listens() || smmus.get(i).await(since);
      }
    }
    outstanding.set(!done);
    lost.set(!done);
    return done;
  }

  /** After a failure nobody knows which requests arrived: then everything is invalidated. */
  private void submit(Smmu smmu) {
    if (lost.get()) {
      smmu.invalidateAll();
    } else if (protections.takes(Measure.INVALIDATE_NESTED)) {
      smmu.invalidateNested();
    }
    smmu.submitSync();
  }
}
