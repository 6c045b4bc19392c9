package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import portcullis.board.acpi.IortWriter;

/** {@code run --acpi}: a board from an IORT (DEN 0049E), as one from a device tree. */
class AcpiTest {
  @TempDir Path folder;

  private static byte[] iort() {
    IortWriter iort = new IortWriter();
    int its = iort.its(0);
    int smmu = iort.smmu(0x1000_0000L, 1, 0, 74);
    iort.map(0, 0x1_0000, 0, its);
    iort.rootComplex(0, true);
    iort.map(0, 0x8000, 0, smmu).map(0x8000, 0x8000, 0x8000, its);
    iort.named("\\_SB.ETH0", true);
    iort.mapAll(0x8010, smmu);
    iort.reserved(0x8800_0000L, 0x10_0000);
    iort.map(0, 1, 0x8010, smmu);
    return iort.table();
  }

  private String write(byte[] table) throws IOException {
    return Files.write(folder.resolve("iort.bin"), table).toString();
  }

  @Test
  void theMainJobHolds() throws IOException {
    String file = write(iort());
    Ran ran = Ran.of("run", "--acpi", file, "--memory", "0x80000000+2G").assertCode(0);
    String out = ran.out();
    assertTrue(out.startsWith("board     PORTCU LLIS (" + file + ")\n"), out);
    assertTrue(out.contains("\n  protected smmu@10000000\n"), out);
    assertTrue(
        out.contains("\n  protected   pci-segment-0 by smmu@10000000, StreamID 0x0-0x7fff\n"), out);
    assertTrue(out.contains("\n  protected   \\_SB.ETH0 by smmu@10000000, StreamID 0x8010\n"), out);
    assertTrue(out.contains("\n  unprotected pci-segment-0 requester IDs 0x8000-0xffff"), out);
    assertTrue(
        out.replaceAll("\\s+", " ")
            .contains(
                "reserved 0x88000000+0x100000 for firmware's DMA by StreamID 0x8010 of"
                    + " smmu@10000000, aborted until the host attaches them"),
        out);
    assertTrue(ran.closing().startsWith("held: 2 of 3 masters are protected"), out);
  }

  @Test
  void isAttackedAtRandomToo() throws IOException {
    String file = write(iort());
    Ran ran =
        Ran.of("attack", "--acpi", file, "--memory", "0x80000000+2G", "--actions", "300")
            .assertCode(0);
    assertTrue(ran.out().startsWith("board      PORTCU LLIS (" + file + ")\n"), ran::out);
    assertEquals("result: held", ran.lastLine());
    Ran.of("attack", "--acpi", file, "--dtb", "board.dtb")
        .assertInputError(
            "portcullis attack: --acpi: expected none with --dtb, which describes a whole board");
  }

  @Test
  void withoutMemoryNothingRuns() throws IOException {
    Ran ran = Ran.of("run", "--acpi", write(iort()));
    assertEquals(1, ran.code());
    assertTrue(ran.out().contains("none named (see --memory)"), ran::out);
  }

  @Test
  void jsonNamesTheFirmwaresDma() throws IOException {
    Ran ran = Ran.of("run", "--json", "--acpi", write(iort()), "--memory", "0x80000000+2G");
    assertEquals(0, ran.code());
    assertTrue(
        ran.out()
            .replaceAll("\\s", "")
            .contains(
                "\"firmware_dma\":[{\"memory\":[{\"base\":\"0x88000000\",\"size\":\"0x100000\"}],"
                    + "\"streams\":[{\"smmu\":\"smmu@10000000\",\"first\":\"0x8010\","
                    + "\"count\":\"0x1\"}]}]"),
        ran::out);
  }

  @Test
  void badTables() throws IOException {
    byte[] table = iort();
    String file = write(Arrays.copyOf(table, 40));
    Ran.of("run", "--acpi", file)
        .assertInputError(
            "portcullis run: %s: offset 0x4: length: is %d, and the file ends before: expected %d"
                    .formatted(file, table.length, table.length - 40)
                + " more bytes");
    String missing = folder.resolve("missing").toString();
    Ran.of("run", "--acpi", missing)
        .assertInputError("portcullis run: " + missing + ": no such file: expected an ACPI table");
    write(table);
    Ran.of("run", "--acpi", file, "--acpi", file)
        .assertInputError(
            "portcullis run: %1$s: is a second IORT, after %1$s: expected one table of each kind"
                .formatted(file));
    Ran.of("run", "--acpi", file, "--dtb", "board.dtb")
        .assertInputError(
            "portcullis run: --acpi: expected none with --dtb, which describes a whole board");
    Ran.of("run", "--acpi", file, "--trace", file)
        .assertInputError(
            "portcullis run: --trace: expected another file than that of --acpi, not " + file);
    assertArrayEquals(table, Files.readAllBytes(Path.of(file)));
  }
}
