package portcullis.machine.smmuv3;

/** How a translation ended. */
public enum Outcome {
  /** The access goes to {@link Translation#pa}. */
  OK,
  /** Terminated with an abort, and an event is to be recorded. */
  FAULT,
  /** Terminated with an abort and no event: GBPA.ABORT, or an STE with Config 0b000. */
  ABORTED,
  /** It waits, recorded under {@link Translation#stag}, for a CMD_RESUME (IHI 0070 3.12.2). */
  STALLED,
  /**
   * It would stall, but as many are stalled as can be: the SMMU has not accepted it. It is to be
   * presented again when {@link ClientPort#unblock} says so.
   */
  BLOCKED
}
