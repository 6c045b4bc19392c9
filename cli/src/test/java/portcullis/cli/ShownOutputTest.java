package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import portcullis.qemu.Qemu;

/**
 * What the README, docs/costs.md, docs/power.md and docs/trace.md show is what the command prints
 * today.
 */
class ShownOutputTest {
  private static final Path ROOT = Path.of("..");
  private static final String FENCE = "```";
  private static final Optional<Qemu> QEMU = Qemu.find();
  private static final String LEFT_OUT = "  ...";

  /** The lines of the first fenced block after a line that contains {@code mark}. */
  private static List<String> blockAfter(String file, String mark) throws IOException {
    List<String> lines = Files.readAllLines(ROOT.resolve(file));
    int from = 0;
    while (!lines.get(from).contains(mark)) {
      from++;
    }
    List<String> after = lines.subList(from, lines.size());
    int start = after.indexOf(FENCE) + 1;
    int end = start + after.subList(start, after.size()).indexOf(FENCE);
    List<String> block = after.subList(start, end);
    assertFalse(block.isEmpty(), file + " shows nothing after: " + mark);
    return block;
  }

  /** Each line that is shown stands in {@code printed}, in that order. */
  private static void assertShown(List<String> shown, List<String> printed) {
    int at = 0;
    for (String line : shown) {
      if (line.equals(LEFT_OUT) || line.isEmpty()) {
        continue;
      }
      int found = printed.subList(at, printed.size()).indexOf(line);
      assertTrue(found >= 0, () -> "no longer printed there: " + line);
      at += found + 1;
    }
  }

  @Test
  void readmeSession() throws IOException {
    List<String> session = blockAfter("README.md", "tries to reach them");
    assertTrue(session.getFirst().equals("$ ./portcullis run"), session::getFirst);
    assertShown(session.subList(1, session.size()), Ran.of("run").assertCode(0).outLines());
  }

  @Test
  void powerSession() throws IOException {
    List<String> session = blockAfter("docs/power.md", "is skipped by name");
    assertEquals("$ ./portcullis run", session.getFirst());
    assertShown(session.subList(1, session.size()), Ran.of("run").assertCode(0).outLines());
  }

  @Test
  void readmeSessionOnQemu() throws IOException {
    assumeTrue(QEMU.isPresent(), Qemu.MISSING);
    List<String> session = blockAfter("README.md", "what its SMMU gets wrong is named");
    assertTrue(session.getFirst().equals("$ ./portcullis run --platform qemu"), session::getFirst);
    String version = QEMU.orElseThrow().version().toString();
    assertShown(
        session.subList(1, session.size()),
        Ran.line("run --platform qemu").assertCode(0).outLines().stream()
            .map(line -> line.replace(version, "11.1.3"))
            .toList());
  }

  @Test
  void costs() throws IOException {
    List<String> session = blockAfter("docs/costs.md", "| invalidates |");
    assertEquals("$ ./portcullis cost", session.getFirst());
    assertEquals(Ran.of("cost").assertCode(0).outLines(), session.subList(1, session.size()));
  }

  @Test
  void traceExamples(@TempDir Path folder) throws IOException {
    Path trace = folder.resolve("trace.txt");
    Ran.of("run", "--trace", trace.toString()).assertCode(0);
    List<String> printed = Files.readAllLines(trace);
    for (String line : blockAfter("docs/trace.md", "one of each kind")) {
      assertTrue(printed.contains(line), () -> "no longer traced: " + line);
    }
  }
}
