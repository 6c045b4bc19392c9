package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;

/**
 * One execution of the command in this process.
 *
 * @param code its exit code
 * @param out what it wrote to standard output
 * @param err what it wrote to standard error
 */
record Ran(int code, String out, String err) {

  static Ran of(String... arguments) {
    return with(null, arguments);
  }

  /** Runs it with one more subcommand. */
  static Ran with(Object subcommand, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = Main.commandLine(new PrintWriter(out), new PrintWriter(err, true));
    if (subcommand != null) {
      line.addSubcommand(subcommand);
      // Handlers and writers reach the subcommands that are there when they are set.
      line.setErr(line.getErr());
      line.setExecutionExceptionHandler(line.getExecutionExceptionHandler());
    }
    int code = Main.execute(line, arguments);
    return new Ran(code, out.toString(), err.toString());
  }

  /** Arguments as a shell would split them, where none has a space. */
  static Ran line(String arguments) {
    return of(arguments.split(" "));
  }

  List<String> outLines() {
    return out.lines().toList();
  }

  String lastLine() {
    return outLines().getLast();
  }

  /** The last paragraph, on one line. */
  String closing() {
    return out.substring(out.lastIndexOf("\n\n") + 2).replace('\n', ' ');
  }

  /** Nothing but {@code line} was written. */
  void assertInputError(String line) {
    assertEquals(line + "\n", err);
    assertEquals("", out);
    assertEquals(2, code);
  }

  /** As {@link #assertInputError}, with the hint that usage errors have. */
  void assertUsageError(String command, String reason) {
    assertInputError(command + ": " + reason + "\nTry '" + command + " --help'.");
  }

  /** It ended with {@code code} and said nothing on standard error. */
  Ran assertCode(int expected) {
    assertEquals("", err);
    assertEquals(expected, code);
    assertTrue(!out.isEmpty() || expected == 0, "nothing was written");
    return this;
  }
}
