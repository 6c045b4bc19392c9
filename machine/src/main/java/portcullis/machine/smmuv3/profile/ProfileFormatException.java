package portcullis.machine.smmuv3.profile;

/** A profile's text that cannot be understood: file, line, what is wrong, what was expected. */
public final class ProfileFormatException extends Exception {
  private static final long serialVersionUID = 1;

  ProfileFormatException(String fileName, int line, String complaint) {
    super("%s:%d: %s".formatted(fileName, line, complaint));
  }
}
