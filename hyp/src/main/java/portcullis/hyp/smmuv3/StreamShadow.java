package portcullis.hyp.smmuv3;

import portcullis.arch.smmu.Ste;

/**
 * Carries the host's STEs over into the shadow stream table: each copied once, judged by {@link
 * StePolicy}, and written (series part 19).
 */
final class StreamShadow {
  private final HostStreamTable host;
  private final ShadowStreamTable shadow;
  private final Stage2Root stage2;
  private final StePolicy policy;
  private final Identification identification;

  StreamShadow(
      HostStreamTable host,
      ShadowStreamTable shadow,
      Stage2Root stage2,
      StePolicy policy,
      Identification identification) {
    this.host = host;
    this.shadow = shadow;
    this.stage2 = stage2;
    this.policy = policy;
    this.identification = identification;
  }

  /**
   * Takes over all of the host's table, while hardware's CR0.SMMUEN is 0.
   *
   * @return whether hardware has forgotten what it may have read of the table before
   */
  boolean takeOver() {
    refresh(0, shadow.streams(), false);
    return shadow.forgetAll();
  }

  /**
   * The STEs of {@code [first, first+count)} may have changed, while hardware's CR0.SMMUEN is 1.
   *
   * @return whether hardware now has all of them
   */
  boolean refresh(long first, long count) {
    return refresh(first, count, true);
  }

  /**
   * O(1) for each array of STEs that neither table has, else O(1) for each STE. Streams that the
   * shadow does not cover are skipped.
   */
  private boolean refresh(long first, long count, boolean live) {
    if (!host.isOpen()) {
      return true;
    }
    long[] ste = new long[Ste.WORDS];
    long[] stage2Words = new long[Ste.WORDS];
    stage2.fillSte(stage2Words, identification.features().stallForced());
    long step = 1L << host.arrayBits(ShadowStreamTable.SPLIT);
    long end = Math.min(first + count, shadow.streams());
    boolean done = true;
    for (long sid = first; sid < end; ) {
      long next = Math.min(end, (sid & -step) + step);
      long array = host.array(sid);
      if (array != HostStreamTable.NONE || shadow.populated(sid)) {
        for (; sid < next; sid++) {
          host.copy(sid, array, ste);
          policy.complete(ste, stage2Words);
          done &= shadow.write(sid, ste, live);
        }
      }
      sid = next;
    }
    return done;
  }
}
