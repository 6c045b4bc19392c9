package portcullis.qemu;

/** QEMU could not be started, refused a command, or does not answer. */
public class QemuException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says in one line what went wrong. */
  public QemuException(String message) {
    super(message);
  }

  /** Says in one line what went wrong, and what caused it. */
  public QemuException(String message, Throwable cause) {
    super(message, cause);
  }
}
