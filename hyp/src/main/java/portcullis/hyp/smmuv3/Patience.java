package portcullis.hyp.smmuv3;

import portcullis.platform.Platform;
import portcullis.store.Flag;
import portcullis.store.Store;

/**
 * How long EL2 waits for one kind of answer of one SMMU: {@link #TIMEOUT_NANOS}, once. After a wait
 * that was in vain the SMMU counts as silent: whoever has to wait for it then looks once and goes
 * on without it, until a look finds that it has answered. So an SMMU that hangs costs one timeout,
 * however much the host asks for meanwhile, and one that comes back is used again.
 */
final class Patience {
  /** How long hardware may take to consume commands or to acknowledge: one second, as in Linux. */
  static final long TIMEOUT_NANOS = 1_000_000_000L;

  /** A bound of looks even if the clock stood still. */
  private static final int MAX_LOOKS = 1 << 22;

  private final Platform platform;
  private final Statistics statistics;
  private final Flag silent;

  Patience(Store store, String name, Platform platform, Statistics statistics) {
    this.platform = platform;
    this.statistics = statistics;
    silent = store.flag(name + ".silent");
  }

  /** Whether the last wait was in vain, and nothing has come since. */
  boolean exhausted() {
    return silent.get();
  }

  /** Hardware has answered, all that was waited for or part of it. */
  void answered() {
    silent.set(false);
  }

  /**
   * After a look that found no answer: whether to look again, and if so, a step later.
   *
   * @param since when hardware was asked, in the clock's nanoseconds
   * @param looks how many there were in this wait
   */
  boolean lasts(long since, int looks) {
    if (silent.get()) {
      return false;
    }
    if (platform.clock().nanos() - since > TIMEOUT_NANOS || looks >= MAX_LOOKS) {
      silent.set(true);
      Statistics.increment(statistics.timeouts);
      return false;
    }
    platform.pause();
    return true;
  }
}
