package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import portcullis.board.fdt.FdtWriter;

/** Device trees that are none, or contradict themselves: one line, exit code 2. */
class BadTreeTest {
  @TempDir Path folder;

  private static Arguments tree(String name, String expected, Consumer<FdtWriter> body) {
    return Arguments.of(name, expected, body);
  }

  static Stream<Arguments> badTrees() {
    return Stream.of(
        tree(
            "no SMMUv3",
            "/: compatible: no node is an SMMUv3: expected arm,smmu-v3",
            fdt -> TestTree.memory(fdt, TestTree.MEMORY, TestTree.MEMORY_BYTES)),
        tree(
            "registers in memory",
            "/iommu@10000000: reg: 0x10000000+0x20000 overlaps memory at 0x0+0x80000000:"
                + " expected registers outside of memory",
            fdt -> {
              TestTree.memory(fdt, 0, 0x8000_0000L);
              TestTree.smmu(fdt, 0x1000_0000, 0x2_0000);
            }),
        tree(
            "registers too small",
            "/iommu@10000000: reg: size of 0x10000000+0x1000 is too small: expected at least"
                + " 0x20000 for its register pages",
            fdt -> TestTree.smmu(fdt, 0x1000_0000, 0x1000)),
        tree(
            "registers that wrap",
            "/iommu@ffffffffffff0000: reg: region 0xffffffffffff0000+0x20000 is out of range:"
                + " expected an end at or below 2^52",
            fdt -> TestTree.smmu(fdt, -0x1_0000, 0x2_0000)),
        tree(
            "iommu-map that names a missing phandle",
            "/pcie@30000000: iommu-map: no node has phandle 0x4d: expected the phandle of an IOMMU",
            fdt -> {
              TestTree.smmu(fdt, 0x1000_0000, 0x2_0000);
              TestTree.master(fdt, "iommu-map", 0, 0x4d, 0, 0x1_0000);
            }),
        tree(
            "iommus that name a missing phandle",
            "/pcie@30000000: iommus: no node has phandle 0x9: expected the phandle of an IOMMU",
            fdt -> {
              TestTree.smmu(fdt, 0x1000_0000, 0x2_0000);
              TestTree.master(fdt, "iommus", 9, 0);
            }),
        tree(
            "memory beyond the model's addresses",
            "memory or registers end at 0x4000080000000: expected an end at or below 2^48,"
                + " or --granule 64k",
            fdt -> {
              TestTree.memory(fdt, 1L << 50, 0x8000_0000L);
              TestTree.smmu(fdt, 0x1000_0000, 0x2_0000);
            }));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badTrees")
  void badTree(String name, String expected, Consumer<FdtWriter> body) throws IOException {
    String file = TestTree.write(folder.resolve("bad.dtb"), body);
    Ran.of("run", "--dtb", file).assertInputError("portcullis run: " + file + ": " + expected);
    Ran.of("run", "--json", "--dtb", file)
        .assertInputError("portcullis run: " + file + ": " + expected);
  }

  @Test
  void missingFile() {
    String file = folder.resolve("missing.dtb").toString();
    Ran.of("run", "--dtb", file)
        .assertInputError(
            "portcullis run: " + file + ": no such file: expected a flattened device tree");
  }

  @Test
  void folderInPlaceOfFile() {
    assertOneLine(Ran.of("run", "--dtb", folder.toString()), folder + ": cannot be read: ");
  }

  @Test
  void emptyFile() throws IOException {
    Path file = Files.createFile(folder.resolve("empty.dtb"));
    Ran.of("run", "--dtb", file.toString())
        .assertInputError(
            "portcullis run: " + file + ": is empty: expected a flattened device tree");
  }

  @Test
  void source() throws IOException {
    Path file = Files.writeString(folder.resolve("board.dts"), "/dts-v1/;\n/ {\n};\n");
    assertOneLine(
        Ran.of("run", "--dtb", file.toString()),
        file + ": offset 0x0: file is text, not a flattened device tree");
  }

  @Test
  void truncatedAnywhere() throws IOException {
    byte[] blob = TestTree.blob("test board", TestTree::sound);
    Path file = folder.resolve("cut.dtb");
    for (int length = 1; length < blob.length; length++) {
      Files.write(file, Arrays.copyOf(blob, length));
      Ran ran = Ran.of("run", "--dtb", file.toString());
      assertOneLine(ran, file + ": offset 0x");
      assertTrue(ran.err().contains(": expected "), ran::err);
    }
  }

  @Test
  void damagedAnywhere() throws IOException {
    byte[] blob = TestTree.blob("test board", TestTree::sound);
    Path file = folder.resolve("damaged.dtb");
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 120; i++) {
      byte[] damaged = blob.clone();
      damaged[random.nextInt(blob.length)] = (byte) random.nextInt();
      Files.write(file, damaged);
      Ran ran = Ran.of("run", "--dtb", file.toString());
      if (ran.code() == 2) {
        assertOneLine(ran, file + ": ");
      } else {
        assertEquals("", ran.err());
        assertFalse(ran.out().isEmpty());
      }
    }
  }

  private static void assertOneLine(Ran ran, String start) {
    assertEquals(2, ran.code(), ran::err);
    assertEquals("", ran.out());
    assertTrue(ran.err().startsWith("portcullis run: " + start), ran::err);
    assertEquals(1, ran.err().lines().count(), ran::err);
  }
}
