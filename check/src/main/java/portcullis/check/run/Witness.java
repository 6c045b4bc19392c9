package portcullis.check.run;

import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;

/**
 * Remembers the last fault and the last register write that trapped, so that a report can say what
 * stopped an attempt; passes every event on.
 */
final class Witness implements TraceSink {
  private final TraceSink next;
  private TraceEvent.Fault fault;
  private TraceEvent.Trap trap;

  Witness(TraceSink next) {
    this.next = next;
  }

  @Override
  public boolean enabled() {
    return true;
  }

  @Override
  public void accept(TraceEvent event) {
    switch (event) {
      case TraceEvent.Fault e -> fault = e;
      case TraceEvent.Trap e -> trap = e.write() ? e : trap;
      case TraceEvent.Mmio _, TraceEvent.Command _, TraceEvent.Translation _ -> {}
      case TraceEvent.Ownership _ -> {}
    }
    if (next.enabled()) {
      next.accept(event);
    }
  }

  /** Forgets what was seen, before an attempt. */
  void forget() {
    fault = null;
    trap = null;
  }

  /** The last DMA fault as words, such as {@code smmu0 stage 2: F_TRANSLATION}. */
  String fault() {
    if (fault == null) {
      return "no SMMU";
    }
    return fault.stage() == 0
        ? fault.device() + ": " + fault.event()
        : fault.device() + " stage " + fault.stage() + ": " + fault.event();
  }

  /** The last trapped register write as words, with the policy's reason. */
  String trap() {
    return trap == null
        ? "nothing"
        : "EL2: %s %s: %s".formatted(trap.register(), trap.verdict(), trap.reason());
  }
}
