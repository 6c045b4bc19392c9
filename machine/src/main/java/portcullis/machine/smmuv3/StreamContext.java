package portcullis.machine.smmuv3;

import portcullis.machine.smmuv3.caches.TlbTag;
import portcullis.machine.smmuv3.structures.DecodedCd;
import portcullis.machine.smmuv3.structures.DecodedSte;

/**
 * The STE and CD that one StreamID and SubstreamID found, and until when: {@link Configuration}.
 */
final class StreamContext {
  static final long NEVER = -1;

  private int streamId;
  private int substreamId;
  private long foundAt = NEVER;

  /** Legal, and lets transactions through. */
  DecodedSte ste;

  /** Legal; null where stage 1 is bypassed. */
  DecodedCd cd;

  /** Of stage-1 and combined entries, see {@link TlbTag}; meaningful with a CD. */
  long space;

  /** Takes what {@code t} found; it holds while the time is {@code now}. */
  void take(Translation t, long now) {
    streamId = t.streamId();
    substreamId = t.substreamId();
    foundAt = now;
    ste = t.ste;
    cd = t.cd;
    space = space(t);
  }

  /** Of stage-1 and combined entries of {@code t}; 0 without a CD. */
  static long space(Translation t) {
    return t.cd == null ? 0 : t.ste.stage1Space | t.cd.space;
  }

  /** Whether it is {@code t}'s and holds at {@code now}. */
  boolean holdsFor(Translation t, long now) {
    return foundAt == now && streamId == t.streamId() && substreamId == t.substreamId();
  }
}
