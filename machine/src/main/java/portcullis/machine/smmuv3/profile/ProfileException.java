package portcullis.machine.smmuv3.profile;

import java.util.List;
import java.util.stream.Collectors;

/** A profile that contradicts the architecture, itself, or what the model can do. */
public final class ProfileException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final transient List<ProfileRule> broken;

  ProfileException(String profile, List<ProfileRule> broken) {
    super(
        profile
            + ": breaks "
            + broken.stream().map(ProfileRule::toString).collect(Collectors.joining("; ")));
    this.broken = List.copyOf(broken);
  }

  /** The rules that it breaks, at least one. */
  public List<ProfileRule> broken() {
    return broken;
  }
}
