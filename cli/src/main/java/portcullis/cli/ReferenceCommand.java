package portcullis.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
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
import portcullis.machine.smmuv3.InvalidationRow;
import portcullis.machine.smmuv3.profile.ProfileRules;

/** {@code portcullis reference}: the pages of docs/reference, from the declarations in the code. */
@Command(
    name = "reference",
    mixinStandardHelpOptions = true,
    header = "Writes the reference pages, or says which are out of date.",
    description = {
      "",
      "The pages tell registers, commands, events, STE, CD, descriptors, syndromes, the policy"
          + " tables, the rules of profiles and the reach of invalidations, in Markdown."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  portcullis reference docs/reference",
      "  portcullis reference --check docs/reference",
      "",
      "Exit: 0 written, or up to date; 1 --check found a difference; 2 bad usage or input."
    })
final class ReferenceCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "DIR",
      converter = FileConverter.class,
      description = "Where the pages are.")
  private Path folder;

  @Option(names = "--check", description = "Write nothing; say which pages are out of date.")
  private boolean check;

  @Override
  public Integer call() throws InputException {
    return check ? check() : write();
  }

  private int write() throws InputException {
    for (Map.Entry<String, String> page : pages().entrySet()) {
      Path file = folder.resolve(page.getKey());
      try {
        Files.createDirectories(folder);
        Files.writeString(file, page.getValue());
      } catch (IOException e) {
        throw new InputException("%s: cannot be written: %s".formatted(file, FileErrors.reason(e)));
      }
      out().println(file);
    }
    return ExitCode.FINE;
  }

  private int check() throws InputException {
    if (!Files.isDirectory(folder)) {
      throw new InputException(folder + ": expected a folder of reference pages");
    }
    int code = ExitCode.FINE;
    for (Map.Entry<String, String> page : pages().entrySet()) {
      Path file = folder.resolve(page.getKey());
      String complaint = complaint(file, page.getValue().getBytes(StandardCharsets.UTF_8));
      if (!complaint.isEmpty()) {
        out().println(file + ": " + complaint);
        code = ExitCode.FOUND;
      }
    }
    return code;
  }

  /** What is wrong with a page; empty if nothing is. */
  private static String complaint(Path file, byte[] page) throws InputException {
    try {
      return Arrays.equals(Files.readAllBytes(file), page) ? "" : "out of date";
    } catch (NoSuchFileException e) {
      return "missing";
    } catch (IOException e) {
      throw new InputException("%s: cannot be read: %s".formatted(file, FileErrors.reason(e)));
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /** File name to text, sorted. */
  static Map<String, String> pages() {
    Map<String, String> pages = new TreeMap<>(ReferencePages.pages());
    pages.putAll(PolicyPages.markdown(PolicyTable.of(Policies.DEFAULT)));
    pages.put(ProfilePages.FILE, ProfilePages.markdown(ProfileRules.ALL));
    pages.put(InvalidationPages.FILE, InvalidationPages.markdown(InvalidationRow.ALL));
    return pages;
  }
}
