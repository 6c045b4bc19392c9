package portcullis.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command's entry point. */
@Command(
    name = "portcullis",
    mixinStandardHelpOptions = true,
    version = "portcullis 0.1.0",
    description =
        "DMA isolation for protected hypervisors on Arm SMMUv3: try it, attack it, explain it.",
    subcommands = {
      RunCommand.class,
      DecodeCommand.class,
      PolicyCommand.class,
      ReferenceCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  portcullis run",
      "  portcullis run --dtb board.dtb --json",
      "  portcullis decode reg IDR0 0x0d44101b",
      "  portcullis policy ste",
      "",
      "Exit: 0 fine, 1 a violation or mismatch was found, 2 bad usage or input."
    })
public final class Main implements Runnable {
  @Spec private CommandSpec spec;

  private Main() {}

  /** Runs the command and exits with its code. */
  public static void main(String[] arguments) {
    PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int code = execute(out, err, arguments);
    out.flush();
    if (out.checkError()) {
      code = ExitCode.BAD_INPUT;
    }
    System.exit(code);
  }

  /**
   * Runs the command.
   *
   * @return the exit code
   */
  static int execute(PrintWriter out, PrintWriter err, String... arguments) {
    CommandLine line = new CommandLine(new Main());
    line.setOut(out);
    line.setErr(err);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setParameterExceptionHandler(
        (exception, _) -> {
          CommandLine failed = exception.getCommandLine();
          err.println(failed.getCommandName() + ": " + oneLine(exception.getMessage()));
          err.println("Try '" + failed.getCommandSpec().qualifiedName() + " --help'.");
          return ExitCode.BAD_INPUT;
        });
    line.setExecutionExceptionHandler(
        (exception, failed, _) -> {
          if (exception instanceof InputException) {
            err.println(failed.getCommandName() + ": " + oneLine(exception.getMessage()));
            return ExitCode.BAD_INPUT;
          }
          throw exception;
        });
    return line.execute(arguments);
  }

  private static String oneLine(String message) {
    return message.replaceAll("\\s*\\R\\s*", " ");
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
