package portcullis.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
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
      CostCommand.class,
      AttackCommand.class,
      DecodeCommand.class,
      PolicyCommand.class,
      ProfileCommand.class,
      BoardCommand.class,
      DiffCommand.class,
      BenchCommand.class,
      ReferenceCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  portcullis run",
      "  portcullis run --dtb board.dtb --json",
      "  portcullis cost",
      "  portcullis attack --actions 2000",
      "  portcullis decode reg IDR0 0x0d44101b",
      "  portcullis policy ste",
      "  portcullis diff --help",
      "",
      "Exit: 0 fine; 1 a violation or mismatch was found; 2 bad usage or input."
    })
public final class Main implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = "--debug",
      hidden = true,
      scope = ScopeType.INHERIT,
      description = "Show where in the code a defect lies.")
  private boolean debug;

  private Main() {}

  /** Runs the command and exits with its code. */
  public static void main(String[] arguments) {
    StringWriter text = new StringWriter();
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int code = execute(commandLine(new PrintWriter(text), err), arguments);
    System.exit(deliver(text.toString(), new FileOutputStream(FileDescriptor.out), err, code));
  }

  /** The command, to be carried out by {@link #execute}. */
  static CommandLine commandLine(PrintWriter out, PrintWriter err) {
    CommandLine line = new CommandLine(new Main());
    line.setOut(out);
    line.setErr(err);
    line.setExpandAtFiles(false);
    line.setParameterExceptionHandler(
        (exception, _) -> {
          CommandLine failed = exception.getCommandLine();
          complain(failed, UsageErrors.reason(exception));
          err.println("Try '" + failed.getCommandSpec().qualifiedName() + " --help'.");
          return ExitCode.BAD_INPUT;
        });
    line.setExecutionExceptionHandler(
        (exception, failed, _) -> {
          if (!(exception instanceof InputException)) {
            return defect(failed, exception);
          }
          complain(failed, exception.getMessage());
          return ExitCode.BAD_INPUT;
        });
    return line;
  }

  /**
   * Carries out a command.
   *
   * @return the exit code
   */
  static int execute(CommandLine line, String... arguments) {
    // The same bytes for everyone: digits and cases do not follow the user's language.
    Locale.setDefault(Locale.ROOT);
    try {
      return line.execute(arguments);
    } catch (RuntimeException | Error e) {
      return defect(line, e);
    }
  }

  /**
   * Writes all of the output, and leaves {@code out} open: where the caller closed descriptor 1,
   * the virtual machine has it for a file of its own. A reader that wants no more of it, such as
   * {@code head}, is no error.
   *
   * @return {@code code}, or that of bad input if the output is lost
   */
  static int deliver(String text, OutputStream out, PrintWriter err, int code) {
    try {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      return code;
    } catch (IOException e) {
      if ("Broken pipe".equals(e.getMessage())) {
        return code;
      }
      err.println("portcullis: standard output: cannot be written: " + FileErrors.reason(e));
      return ExitCode.BAD_INPUT;
    }
  }

  /** A failure that is no fault of the user's. */
  private static int defect(CommandLine failed, Throwable cause) {
    boolean debug = ((Main) failed.getCommandSpec().root().userObject()).debug;
    complain(
        failed,
        "this is a defect of portcullis: " + cause + (debug ? "" : " (--debug shows where)"));
    if (debug) {
      cause.printStackTrace(failed.getErr());
    }
    return ExitCode.BAD_INPUT;
  }

  private static void complain(CommandLine failed, String reason) {
    failed
        .getErr()
        .println(failed.getCommandSpec().qualifiedName() + ": " + TerminalText.oneLine(reason));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "expected one of " + UsageErrors.subcommands(spec));
  }
}
