package portcullis.hyp.smmuv3;

import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.platform.Platform;
import portcullis.store.Cell;
import portcullis.store.Flag;
import portcullis.store.Store;

/**
 * Cache maintenance for an SMMU that does not snoop the CPUs' caches (IHI 0070 3.15); for one that
 * does, nothing at all.
 *
 * <p>What EL2 writes and hardware reads is cleaned to the point of coherency: commands before PROD
 * leads to them, a table before anything points to it, and each step of an STE's change before the
 * next, as a line may be written back at any moment in between. What the host writes for such an
 * SMMU it writes past the caches, as Linux does, while EL2 reads through them: so EL2's copies are
 * dropped before each read. Hardware writes nothing that EL2 reads: the event and PRI queues are
 * the host's, and no completion is signalled by memory.
 */
final class CacheCleaner {
  /** Bytes in a line, for the count only: CTR_EL0.DminLine of nearly all Arm CPUs. */
  static final int LINE_BYTES = 64;

  private final Platform platform;
  private final ProtectionPolicy protections;
  private final Flag needed;
  private final Cell lines;

  /** Not needed yet. */
  CacheCleaner(Store store, String name, Platform platform, ProtectionPolicy protections) {
    this.platform = platform;
    this.protections = protections;
    needed = store.flag(name + ".cache.needed");
    lines = store.cell(name + ".cache.lines");
  }

  /** There is hardware that does not snoop. */
  void need() {
    needed.set(true);
  }

  /** Whether there is. */
  boolean needed() {
    return needed.get();
  }

  /**
   * Lets hardware see what EL2 has written, from the next barrier on.
   *
   * @param measure the one of {@link ProtectionPolicy} that this is
   */
  void clean(Measure measure, long pa, long bytes) {
    if (needed.get() && protections.takes(measure)) {
      platform.clean(pa, bytes);
      count(pa, bytes);
    }
  }

  /** Lets EL2 see what the host has written past the caches. */
  void refresh(long pa, long bytes) {
    if (needed.get() && protections.takes(Measure.REFRESH_HOST_MEMORY)) {
      platform.cleanAndInvalidate(pa, bytes);
      platform.barrier();
      count(pa, bytes);
    }
  }

  private void count(long pa, long bytes) {
    Statistics.add(lines, (pa + bytes - 1) / LINE_BYTES - pa / LINE_BYTES + 1);
  }

  /** Lines cleaned, or cleaned and invalidated, so far. */
  long lines() {
    return lines.get();
  }
}
