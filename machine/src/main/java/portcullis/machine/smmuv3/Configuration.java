package portcullis.machine.smmuv3;

import portcullis.arch.smmu.EventType;
import portcullis.machine.smmuv3.registers.ChangeCount;
import portcullis.store.Store;

/**
 * Finds the STE and CD of a transaction (IHI 0070 3.3).
 *
 * <p>Most transactions find what one before them found: it is kept in a {@link StreamContext}, as
 * long as nothing that it follows from has changed. {@link ChangeCount} counts those changes but
 * for undo and load, which {@link Store#epoch} counts. Neither count falls, so their sum tells.
 */
final class Configuration {
  private static final int CONTEXTS = 256;

  /** Spreads the substreams of one stream. */
  private static final int SUBSTREAM_STRIDE = 7;

  private final Store store;
  private final ChangeCount changes;
  private final StreamTable streams;
  private final ContextTable contexts;

  /** Whether there are configuration caches at all; else each transaction fetches. */
  private final boolean cached;

  private final StreamContext[] found = new StreamContext[CONTEXTS];

  Configuration(
      Store store,
      ChangeCount changes,
      StreamTable streams,
      ContextTable contexts,
      boolean cached) {
    this.store = store;
    this.changes = changes;
    this.streams = streams;
    this.contexts = contexts;
    this.cached = cached;
    for (int place = 0; place < CONTEXTS; place++) {
      found[place] = new StreamContext();
    }
  }

  /** What an earlier transaction of the same stream found while the SMMU was enabled, or null. */
  StreamContext recall(Translation t) {
    StreamContext context = found[place(t)];
    if (!context.holdsFor(t, time())) {
      return null;
    }
    t.use(context.ste, context.cd);
    return context;
  }

  /**
   * Finds STE and CD in the caches, or fetches them.
   *
   * @return null if {@code t} faulted or was aborted
   */
  StreamContext find(Translation t) {
    if (!findSte(t) || !findCd(t)) {
      return null;
    }
    StreamContext context = found[place(t)];
    context.take(t, cached ? time() : StreamContext.NEVER);
    return context;
  }

  private boolean findSte(Translation t) {
    return streams.find(t) && (t.ste.passes || t.abort("STE.Config is abort"));
  }

  private boolean findCd(Translation t) {
    if (!t.ste.stage1) {
      return t.substreamId() == Translation.NO_SUBSTREAM || t.fault(EventType.C_BAD_SUBSTREAMID);
    }
    return contexts.find(t);
  }

  private long time() {
    return changes.count() + store.epoch();
  }

  private static int place(Translation t) {
    return t.streamId() + t.substreamId() * SUBSTREAM_STRIDE & CONTEXTS - 1;
  }
}
