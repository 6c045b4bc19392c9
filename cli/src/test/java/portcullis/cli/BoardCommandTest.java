package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code board} writes is a board that {@code run} takes. */
class BoardCommandTest {
  @TempDir Path folder;

  private String write(String options) {
    Path file = folder.resolve("board.dtb");
    assertEquals("", Ran.line("board " + options + " -o " + file).assertCode(0).out());
    return file.toString();
  }

  @Test
  void isRunAsItWasAskedFor() {
    String file = write("--smmus 3 --streams 300 --memory 5G");

    Ran ran = Ran.of("run", "--dtb", file).assertCode(0);

    String out = ran.out();
    assertTrue(out.contains("memory    5 GiB at 0x10000000000\n"), out);
    for (int i = 0; i < 3; i++) {
      String master = "  protected   pcie@40%d0000000 by iommu@200%d0000, StreamID 0x0-0x12b\n";
      assertTrue(out.contains(master.formatted(i, 2 * i)), out);
    }
    assertTrue(ran.closing().startsWith("held: 3 of 3 masters are protected; "), ran.closing());
  }

  @Test
  void allStreamsAreAttached() {
    String file = write("--smmus 1 --streams 100");

    Ran ran = Ran.of("run", "--dtb", file, "--streams", "all").assertCode(0);

    String refused = "  refused  99 more streams of pcie@4000000000 access a guest's page  [";
    assertTrue(ran.out().contains(refused), ran.out());
  }

  @Test
  void registersLieElsewhere() {
    String file = write("--registers 0x400000000000 --memory 0x80000000+4G");

    Ran ran = Ran.of("run", "--dtb", file).assertCode(0);

    assertTrue(ran.out().contains("  protected iommu@400020000000\n"), ran.out());
  }

  @Test
  void intoMissingFolder() {
    Path file = folder.resolve("missing").resolve("board.dtb");
    Ran.of("board", "-o", file.toString())
        .assertInputError(
            "portcullis board: " + file + ": cannot be written: no such file or folder");
  }
}
