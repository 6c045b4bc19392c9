package portcullis.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is wrong with a command line, in words. */
final class UsageErrors {
  private UsageErrors() {}

  static String reason(ParameterException e) {
    if (!(e instanceof UnmatchedArgumentException unmatched)) {
      return e.getMessage();
    }
    String argument = unmatched.getUnmatched().getFirst();
    if (unmatched.isUnknownOption()) {
      return "unknown option '" + argument + "'";
    }
    CommandSpec spec = e.getCommandLine().getCommandSpec();
    return spec.subcommands().isEmpty()
        ? "unexpected argument '" + argument + "'"
        : "expected one of " + subcommands(spec) + ", not '" + argument + "'";
  }

  /** The names of a command's subcommands. */
  static String subcommands(CommandSpec spec) {
    return String.join(", ", spec.subcommands().keySet());
  }
}
