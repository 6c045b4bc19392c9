package portcullis.platform;

/** The wires of an SMMUv3 that EL2 raises itself, for what it emulates (IHI 0070 3.18). */
public enum WiredInterrupt {
  /** A bit of GERROR was activated. */
  GERROR,
  /** A CMD_SYNC that asked for an interrupt completed. */
  CMDQ_SYNC
}
