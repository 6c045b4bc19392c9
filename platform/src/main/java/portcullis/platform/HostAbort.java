package portcullis.platform;

/**
 * The host's own data abort: an access that EL2 refused, or that nothing answers. Thrown into host
 * code by the CPU, never out of EL2.
 */
public final class HostAbort extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long ipa;
  private final boolean write;

  /** An abort of the access to {@code ipa}. */
  public HostAbort(long ipa, boolean write) {
    super(
        (write ? "write to" : "read of") + " IPA 0x" + Long.toHexString(ipa) + " aborted",
        null,
        false,
        false);
    this.ipa = ipa;
    this.write = write;
  }

  /** The address whose access was refused. */
  public long ipa() {
    return ipa;
  }

  /** Whether the access was a write. */
  public boolean write() {
    return write;
  }
}
