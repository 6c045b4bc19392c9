package portcullis.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.ProfileException;
import portcullis.machine.smmuv3.profile.ProfileFormatException;
import portcullis.machine.smmuv3.profile.ProfileParser;

/** An argument that names a built-in profile, or a file with one (docs/profiles.md). */
final class ProfileArgument {
  private static final int MAX_BYTES = 1 << 20;

  private ProfileArgument() {}

  /**
   * The profile that {@code argument} means.
   *
   * @param option what messages that do not name a file begin with, such as {@code --profile: }
   */
  static Profile of(String argument, String option) throws InputException {
    Optional<Profile> builtIn = Profile.named(argument);
    return builtIn.isPresent() ? builtIn.get() : read(argument, option);
  }

  private static Profile read(String argument, String option) throws InputException {
    try {
      return ProfileParser.parse(text(Path.of(argument)), argument);
    } catch (ProfileFormatException | ProfileException e) {
      throw new InputException(e.getMessage());
    } catch (NoSuchFileException | InvalidPathException e) {
      throw new InputException(
          "%sexpected one of %s, or a file, not '%s'".formatted(option, Profile.names(), argument));
    } catch (CharacterCodingException e) {
      throw new InputException(argument + ": expected text in UTF-8");
    } catch (IOException e) {
      throw new InputException("%s: cannot be read: %s".formatted(argument, FileErrors.reason(e)));
    }
  }

  private static String text(Path file) throws IOException, InputException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new InputException(file + ": expected at most " + MAX_BYTES + " bytes of profile");
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }
  }
}
