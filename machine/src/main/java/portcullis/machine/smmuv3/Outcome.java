package portcullis.machine.smmuv3;

/** How a translation ended. */
public enum Outcome {
  /** The access goes to {@link Translation#pa}. */
  OK,
  /** Terminated with an abort, and an event is to be recorded. */
  FAULT,
  /** Terminated with an abort and no event: GBPA.ABORT, or an STE with Config 0b000. */
  ABORTED
}
