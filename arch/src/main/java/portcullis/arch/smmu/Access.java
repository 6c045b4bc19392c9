package portcullis.arch.smmu;

/**
 * How a register may be accessed from the Non-secure side (IHI 0070 6.2).
 *
 * <p>A read-write register can be read-only for a time: most are guarded by an enable bit of CR0 or
 * IRQ_CTRL, as the section of each says.
 */
public enum Access {
  /** Read-only: writes are ignored. */
  RO,
  /** Readable and writable. */
  RW,
}
