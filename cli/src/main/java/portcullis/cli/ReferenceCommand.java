package portcullis.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import portcullis.arch.decode.ReferencePages;
import portcullis.check.policy.PolicyPages;
import portcullis.check.policy.PolicyTable;
import portcullis.check.run.Policies;

/** {@code portcullis reference}: the pages of docs/reference, from the declarations in the code. */
@Command(
    name = "reference",
    mixinStandardHelpOptions = true,
    description =
        "Writes the reference pages (registers, commands, events, STE, CD, descriptors, syndromes,"
            + " policy tables) as Markdown.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  portcullis reference docs/reference",
      "  portcullis reference --check docs/reference",
      "",
      "Exit: 0 written, or up to date; 1 --check found a difference; 2 bad usage or input."
    })
final class ReferenceCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "Where the pages are.")
  private Path folder;

  @Option(names = "--check", description = "Write nothing; say which pages are out of date.")
  private boolean check;

  @Override
  public Integer call() throws InputException {
    PrintWriter out = spec.commandLine().getOut();
    boolean differs = false;
    for (Map.Entry<String, String> page : pages().entrySet()) {
      Path file = folder.resolve(page.getKey());
      try {
        boolean same = Files.exists(file) && Files.readString(file).equals(page.getValue());
        differs |= !same;
        if (check && !same) {
          out.println(file + ": out of date");
        } else if (!check) {
          Files.createDirectories(folder);
          Files.writeString(file, page.getValue());
          out.println(file);
        }
      } catch (IOException e) {
        throw new InputException("%s: %s".formatted(file, FileErrors.reason(e)));
      }
    }
    return check && differs ? ExitCode.FOUND : ExitCode.FINE;
  }

  /** File name to text, sorted. */
  static Map<String, String> pages() {
    Map<String, String> pages = new TreeMap<>(ReferencePages.pages());
    pages.putAll(PolicyPages.markdown(PolicyTable.of(Policies.DEFAULT)));
    return pages;
  }
}
