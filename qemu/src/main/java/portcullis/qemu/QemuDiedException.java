package portcullis.qemu;

/** QEMU ended although nobody asked it to, such as by a failed assertion in a device. */
public final class QemuDiedException extends QemuException {
  private static final long serialVersionUID = 1L;

  private final int exitStatus;
  private final String lastWords;

  /**
   * QEMU's end.
   *
   * @param exitStatus as a shell gives it: 128 and the number for a signal
   * @param lastWords what it wrote to standard error last; may be empty
   */
  public QemuDiedException(int exitStatus, String lastWords) {
    super(
        "QEMU ended with status %d%s"
            .formatted(exitStatus, lastWords.isEmpty() ? "" : ": " + lastWords));
    this.exitStatus = exitStatus;
    this.lastWords = lastWords;
  }

  /** As a shell gives it: 128 and the number for a signal. */
  public int exitStatus() {
    return exitStatus;
  }

  /** What QEMU wrote to standard error last, without the final line end; may be empty. */
  public String lastWords() {
    return lastWords;
  }
}
