package portcullis.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.ProfileException;
import portcullis.machine.smmuv3.profile.ProfileFormatException;
import portcullis.machine.smmuv3.profile.ProfileParser;

/** The profile of the SMMUs that are measured, as JMH hands it to the processes that it starts. */
final class ModelProfile {
  private static final String PROPERTY = "portcullis.bench.profile";

  private ModelProfile() {}

  /** The option of a Java that measures {@code argument}: a built-in profile or a file. */
  static String jvmOption(String argument) {
    return "-D" + PROPERTY + "=" + argument;
  }

  /** The profile that this process is to measure. */
  static Profile chosen() {
    String argument = System.getProperty(PROPERTY, Profile.GENERIC.name());
    Optional<Profile> builtIn = Profile.named(argument);
    return builtIn.isPresent() ? builtIn.get() : read(argument);
  }

  /** The command has read it too: what goes wrong here is no wrong use of it. */
  private static Profile read(String file) {
    try {
      return ProfileParser.parse(Files.readString(Path.of(file)), file);
    } catch (IOException | ProfileFormatException | ProfileException e) {
      throw new IllegalStateException(file + ": " + e.getMessage(), e);
    }
  }
}
