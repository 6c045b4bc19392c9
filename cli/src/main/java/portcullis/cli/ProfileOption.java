package portcullis.cli;

import java.util.Iterator;
import picocli.CommandLine.Option;
import portcullis.machine.smmuv3.profile.Profile;

/** {@code --profile}: what the modelled SMMUs can do. */
final class ProfileOption {
  /** What messages about it begin with. */
  static final String PREFIX = "--profile: ";

  @Option(
      names = "--profile",
      paramLabel = "NAME|FILE",
      hideParamSyntax = true,
      description =
          "What the model's SMMUs can do: ${COMPLETION-CANDIDATES}, or a file (docs/profiles.md)."
              + " Default: ${DEFAULT-VALUE}.",
      completionCandidates = Names.class)
  private String name;

  /** The option, with a default. */
  ProfileOption(Profile standard) {
    name = standard.name();
  }

  /** Needed by picocli for commands that have no default of their own. */
  ProfileOption() {
    this(Profile.GENERIC);
  }

  /** As it was given. */
  String argument() {
    return name;
  }

  /** The profile that is meant. */
  Profile profile() throws InputException {
    return ProfileArgument.of(name, PREFIX);
  }

  /** For the help text. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Profile.ALL.stream().map(Profile::name).toList().iterator();
    }
  }
}
