package portcullis.machine.smmuv3.structures;

/** What becomes of a transaction that meets a translation-related fault (IHI 0070 3.12, 5.5). */
public enum FaultModel {
  /** Terminated: the device sees an abort. */
  ABORT,
  /** Terminated, but the device sees it complete: read-as-zero, write-ignored. */
  RAZ_WI,
  /** It waits until software says what to do with it. */
  STALL
}
