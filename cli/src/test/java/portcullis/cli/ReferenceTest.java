package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code reference}: what it writes, and that the committed pages are that. */
class ReferenceTest {
  private static final Path COMMITTED = Path.of("..", "docs", "reference");

  @TempDir Path folder;
  private Path pages;

  @BeforeEach
  void write() {
    pages = folder.resolve("docs").resolve("reference");
    Ran ran = Ran.of("reference", pages.toString()).assertCode(0);
    assertEquals(ReferenceCommand.pages().size(), ran.outLines().size());
  }

  private Ran check() {
    return Ran.of("reference", "--check", pages.toString());
  }

  @Test
  void committedPagesAreUpToDate() {
    Ran ran = Ran.of("reference", "--check", COMMITTED.toString());
    assertEquals(new Ran(0, "", ""), ran, "run: ./portcullis reference docs/reference");
  }

  @Test
  void writtenPagesAreUpToDate() {
    assertEquals(new Ran(0, "", ""), check());
  }

  @Test
  void anAlteredPageIsFound() throws IOException {
    Path page = pages.resolve("ste.md");
    Files.writeString(page, " ", StandardOpenOption.APPEND);
    assertEquals(new Ran(1, page + ": out of date\n", ""), check());
    assertTrue(Files.readString(page).endsWith(" "), "--check wrote the page");
  }

  @Test
  void aPageThatIsNoTextIsFound() throws IOException {
    Path page = pages.resolve("cd.md");
    Files.write(page, new byte[] {(byte) 0xff, (byte) 0xfe});
    assertEquals(new Ran(1, page + ": out of date\n", ""), check());
  }

  @Test
  void aMissingPageIsFound() throws IOException {
    Path page = pages.resolve("policy-ste.md");
    Files.delete(page);
    assertEquals(new Ran(1, page + ": missing\n", ""), check());
    assertFalse(Files.exists(page), "--check wrote the page");
  }

  @Test
  void aMissingFolderIsBadInput() {
    Path missing = folder.resolve("missing");
    Ran.of("reference", "--check", missing.toString())
        .assertInputError(
            "portcullis reference: " + missing + ": expected a folder of reference pages");
  }

  @Test
  void aFileInPlaceOfTheFolderIsBadInput() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    Ran.of("reference", file.toString())
        .assertInputError(
            "portcullis reference: %s: cannot be written: %s is no folder"
                .formatted(file.resolve("cd.md"), file));
  }

  @Test
  void everyPageHasATitle() throws IOException {
    for (String name : List.copyOf(ReferenceCommand.pages().keySet())) {
      assertTrue(Files.readString(pages.resolve(name)).startsWith("# "), name);
    }
  }
}
