package portcullis.machine.smmuv3;

/** The wired interrupt outputs of one SMMU, edge-triggered (IHI 0070 3.18). */
public enum InterruptLine {
  /** The event queue became non-empty. */
  EVENTQ,
  /** The PRI queue became non-empty. */
  PRIQ,
  /** A CMD_SYNC that asked for an interrupt completed. */
  CMDQ_SYNC,
  /** A bit of GERROR was activated. */
  GERROR
}
