package portcullis.hyp;

/**
 * How a request to the hypervisor ended. A refusal is a value, never an exception; the codes are
 * those that a hypercall returns (Linux's errno, negative).
 */
public enum Status {
  /** Done. */
  OK(0),
  /** The caller does not own what it named, or may not do this to it. */
  DENIED(-1),
  /** There is no such guest, page or device. */
  NOT_FOUND(-2),
  /** Memory reserved for EL2 is exhausted; nothing was changed. */
  NO_MEMORY(-12),
  /** The page is pinned or shared, or the guest still holds pages. */
  BUSY(-16),
  /** An argument is out of range or not aligned. */
  INVALID(-22),
  /** No such hypercall. */
  NOT_SUPPORTED(-95),
  /** A device did not answer in time; nothing changed hands. */
  TIMEOUT(-110);

  private final int code;

  Status(int code) {
    this.code = code;
  }

  /** 0, or a negative errno. */
  public int code() {
    return code;
  }

  /** Whether the request was carried out. */
  public boolean ok() {
    return this == OK;
  }
}
