package portcullis.cli;

/** What the command tells its caller. */
final class ExitCode {
  /** What was asked for holds. */
  static final int FINE = 0;

  /** A violation or a mismatch was found, or nothing could be protected. */
  static final int FOUND = 1;

  /** Bad usage or input. */
  static final int BAD_INPUT = 2;

  private ExitCode() {}
}
