package portcullis.machine.smmuv3;

/** What one SMMU signals beside memory writes: its wired interrupts, edge-triggered (3.18). */
public enum InterruptLine {
  /** The event queue became non-empty. */
  EVENTQ,
  /** The PRI queue became non-empty, or a last request came: PRIQ_IRQ_CFG2.LO chooses. */
  PRIQ,
  /** A CMD_SYNC that asked for an interrupt completed. */
  CMDQ_SYNC,
  /** A bit of GERROR was activated. */
  GERROR,
  /** The wake-up event for PEs in WFE (IHI 0070 4.1.2, 4.7.3): an event, no interrupt. */
  SEV
}
