package portcullis.machine.smmuv3;

/**
 * What happens to stalled transactions: when they are recorded, and what ends their stall (IHI 0070
 * 3.12.2, 4.7.1, 4.7.2, 6.3.9.6, 7.2.1).
 *
 * <p>A stall whose record finds the event queue unwritable waits without one and is retried, as
 * though it had just arrived, when the queue has become writable. With every tag in use a
 * transaction that would stall is not accepted at all: it waits at the port, unseen, until a stall
 * ends. Others pass it. Duplicate records are not suppressed (3.12.2.1 permits, but does not
 * require it), and nothing is retried early (3.12.2.2).
 */
final class Stalls {
  private final StallTable table;
  private final EventQueue events;
  private final ClientPort clients;

  Stalls(StallTable table, EventQueue events, ClientPort clients) {
    this.table = table;
    this.events = events;
    this.clients = clients;
  }

  /** Stalls {@code t}, whose fault asks for it, and records it; or does not accept it. */
  void stall(Translation t) {
    int stag = table.claim(t.streamId());
    if (stag == StallTable.NONE) {
      t.block();
      return;
    }
    t.stall(stag);
    if (events.record(t)) {
      table.recorded(stag);
    }
  }

  /** CMD_RESUME; no effect if no such transaction is stalled. */
  void resume(int streamId, int stag, Resumption how) {
    if (table.holds(streamId, stag)) {
      end(stag, how);
      clients.unblock();
    }
  }

  /** CMD_STALL_TERM. */
  void terminate(int streamId) {
    boolean any = false;
    for (int stag = 0; table.any() && stag < table.capacity(); stag++) {
      if (table.holds(streamId, stag)) {
        end(stag, Resumption.ABORT);
        any = true;
      }
    }
    if (any) {
      clients.unblock();
    }
  }

  /** SMMUEN is cleared: every stalled transaction ends with an abort. */
  void terminateAll() {
    boolean any = table.any();
    for (int stag = 0; table.any() && stag < table.capacity(); stag++) {
      if (table.holds(stag)) {
        end(stag, Resumption.ABORT);
      }
    }
    if (any) {
      clients.unblock();
    }
  }

  /** The event queue may have become writable: retries what has no record yet. */
  void retryUnrecorded() {
    for (int stag = 0;
        table.anyUnrecorded() && stag < table.capacity() && events.writable();
        stag++) {
      if (table.holds(stag) && !table.isRecorded(stag)) {
        end(stag, Resumption.RETRY);
      }
    }
  }

  private void end(int stag, Resumption how) {
    int streamId = table.streamId(stag);
    table.release(stag);
    clients.resume(streamId, stag, how);
  }
}
