package portcullis.machine.smmuv3;

/**
 * A Translation Completion: the answer to an ATS Translation Request (IHI 0070 3.9.1.2). Reusable,
 * so that a request allocates nothing.
 *
 * <p>Its Global, U and N fields are always 0.
 */
public final class AtsCompletion {
  /** The completion's status. */
  public enum Status {
    /** With an entry, which may grant nothing. */
    SUCCESS("Success"),
    /** Unsupported Request: the stream may not use ATS. */
    UNSUPPORTED_REQUEST("Unsupported Request"),
    /** Completer Abort: the stream's configuration is in error. */
    COMPLETER_ABORT("Completer Abort");

    private final String text;

    Status(String text) {
      this.text = text;
    }

    /** As PCIe spells it. */
    public String text() {
      return text;
    }
  }

  private Status status = Status.UNSUPPORTED_REQUEST;
  private int access;
  private long address;
  private int shift;

  /** An answer that is still to come. */
  public AtsCompletion() {}

  void refuse(Status why) {
    status = why;
    access = 0;
    address = 0;
    shift = 0;
  }

  void complete(int granted, long translated, int size) {
    status = Status.SUCCESS;
    access = granted;
    address = translated & -1L << size;
    shift = size;
  }

  /** The completion's status. */
  public Status status() {
    return status;
  }

  /** What is granted, as {@link AtsAccess} has it, for the privilege that was asked for. */
  public int access() {
    return access;
  }

  /** Whether reads, writes or both are granted. */
  public boolean grants() {
    return (access & (AtsAccess.READ | AtsAccess.WRITE)) != 0;
  }

  /** The translated address; a PA, or an IPA where ATS is split-stage. */
  public long address() {
    return address;
  }

  /** log2 of the bytes around the requested address that the answer is for. */
  public int shift() {
    return shift;
  }
}
