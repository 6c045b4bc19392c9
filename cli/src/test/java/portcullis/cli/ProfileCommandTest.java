package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code profile}, and {@code --profile} with a file. */
class ProfileCommandTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "profiles.md");

  @TempDir Path folder;

  private String file(String text) throws IOException {
    return Files.writeString(folder.resolve("my.profile"), text).toString();
  }

  /** The n-th fenced block of docs/profiles.md. */
  private static String block(int n) throws IOException {
    return Files.readString(DOCUMENT).split("```")[2 * n + 1].strip() + "\n";
  }

  @ParameterizedTest
  @ValueSource(strings = {"generic", "qemu-11", "mmu-600-r2", "mmu-700-r1"})
  void whatIsPrintedIsRead(String name) throws IOException {
    String printed = Ran.of("profile", name).assertCode(0).out();
    assertEquals(printed, Ran.of("profile", file(printed)).assertCode(0).out());
    assertTrue(
        Files.readString(DOCUMENT).contains("| `" + name + "` |"), name + " is not documented");
  }

  @Test
  void theDocumentedFileWorks() throws IOException {
    String file = file(block(0));
    List<String> printed = Ran.of("profile", file).assertCode(0).outLines();
    assertEquals("name = mmu-600-small", printed.getFirst());
    assertTrue(printed.stream().anyMatch(line -> line.startsWith("IDR5.OAS = 44 ")));
    Ran run = Ran.of("run", "--profile", file).assertCode(0);
    assertTrue(run.out().contains("profile   mmu-600-small, seed 1\n"), run::out);
  }

  @Test
  void theDocumentedRefusalsAreThose() throws IOException {
    refused("name = my\nbase = generic\nIDR0.HTTU = 3\n", block(1));
    refused("name = my\nbase = qemu-11\nIDR0.PRI = 1\n", block(2));
  }

  private void refused(String text, String shown) throws IOException {
    String file = file(text);
    Ran.of("run", "--profile", file).assertInputError(shown.strip().replace("my.profile", file));
  }

  @Test
  void generalErrorsOfFiles() throws IOException {
    Ran.of("profile", folder.toString())
        .assertInputError("portcullis profile: " + folder + ": cannot be read: Is a directory");
    Path binary = folder.resolve("binary");
    Files.write(binary, new byte[] {(byte) 0xff});
    Ran.of("profile", binary.toString())
        .assertInputError("portcullis profile: " + binary + ": expected text in UTF-8");
    Ran.of("profile", "none")
        .assertInputError(
            "portcullis profile: expected one of generic, qemu-11, mmu-600-r2,"
                + " mmu-700-r1, or a file, not 'none'");
  }

  @Test
  void jsonHasEveryField() {
    Map<String, Object> json =
        JsonTree.object(Ran.of("profile", "qemu-11", "--json").assertCode(0).out());
    assertEquals(List.of("name", "registers", "caches"), List.copyOf(json.keySet()));
    assertEquals("qemu-11", json.get("name"));
    Map<String, Object> registers = JsonTree.map(json.get("registers"));
    assertEquals(10, registers.size());
    assertEquals("0xd44101b", JsonTree.map(registers.get("IDR0")).get("value"));
    Map<String, Object> fields = JsonTree.map(JsonTree.map(registers.get("IDR1")).get("fields"));
    assertEquals(16L, fields.get("SIDSIZE"));
    assertEquals(
        Map.of("kind", "ordinary", "tlb", 256L, "walk", 0L, "ste", 64L, "cd", 64L),
        json.get("caches"));
  }
}
