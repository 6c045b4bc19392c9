package portcullis.cli;

import java.util.List;
import portcullis.machine.smmuv3.profile.ProfileRule;

/** The rules that profiles keep, as a reference page. */
final class ProfilePages {
  /** The page's file. */
  static final String FILE = "profile-rules.md";

  private ProfilePages() {}

  static String markdown(List<ProfileRule> rules) {
    StringBuilder page =
        new StringBuilder(
            """
            # Rules that every SMMU profile keeps

            Generated from the table that profiles are checked by (`./portcullis reference`).

            | rule | what holds | source |
            | --- | --- | --- |
            """);
    for (ProfileRule rule : rules) {
      page.append("| `%s` | %s | %s |\n".formatted(rule.name(), rule.text(), rule.source()));
    }
    return page.toString();
  }
}
