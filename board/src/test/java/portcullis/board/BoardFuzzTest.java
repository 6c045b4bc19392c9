package portcullis.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.DeviceTree;
import portcullis.board.fdt.FdtWriter;

/** Whatever the bytes are: a board or a one-line {@link BoardException}, and soon. */
class BoardFuzzTest {
  private static final int TOTALSIZE = 4;

  /** A tree that uses every part of the format and of the reader. */
  private static byte[] seed() {
    FdtWriter fdt =
        new FdtWriter()
            .reserve(0x8000_0000L, 0x1000)
            .begin("")
            .strings("model", "fuzz")
            .cells("#address-cells", 2)
            .cells("#size-cells", 2);
    TestTree.memory(fdt, 0x8000_0000L, 0x1000_0000);
    fdt.begin("reserved-memory")
        .cells("#address-cells", 2)
        .cells("#size-cells", 2)
        .flag("ranges")
        .begin("a@80000000")
        .numbers("reg", 0x8000_0000L, 0x1000)
        .end()
        .begin("b")
        .numbers("size", 0x1000)
        .end()
        .end();
    fdt.begin("soc")
        .strings("compatible", "simple-bus")
        .cells("#address-cells", 2)
        .cells("#size-cells", 2)
        .numbers("ranges", 0, 0, 0x4000_0000);
    TestTree.beginSmmu(fdt, "iommu@10000000", 1, 0x1000_0000)
        .strings("interrupt-names", "eventq", "gerror")
        .cells("interrupts", 0, 1, 2, 0, 2, 2)
        .strings("status", "okay")
        .end();
    fdt.begin("gpu@1").numbers("reg", 0x2000_0000, 0x1000).cells("iommus", 1, 5).end().end();
    fdt.begin("pcie@2")
        .strings("device_type", "pci")
        .cells("#address-cells", 3)
        .cells("#size-cells", 2)
        .cells("ranges", 0x0200_0000, 0, 0, 1, 0, 1, 0)
        .cells("iommu-map", 0, 1, 0, 0x1_0000)
        .cells("iommu-map-mask", 0xffff)
        .end();
    return fdt.end().blob();
  }

  /** Whether the bytes gave a board. */
  private static boolean read(byte[] blob) {
    try {
      Board board = BoardReader.read(DeviceTree.parse(blob, "f.dtb"), BoardOptions.DEFAULTS);
      assertTrue(board.topAddress() <= AddressRange.LIMIT);
      return true;
    } catch (BoardException e) {
      String message = e.getMessage();
      assertTrue(message.startsWith("f.dtb: "), message);
      assertTrue(message.contains(": expected "), message);
      assertTrue(message.chars().noneMatch(Character::isISOControl), message);
      return false;
    }
  }

  @Test
  void truncationAtEveryByte() {
    byte[] blob = seed();
    assertTrue(read(blob), "the seed is a board");
    for (int length = 0; length < blob.length; length++) {
      byte[] cut = Arrays.copyOf(blob, length);
      String message =
          assertThrows(BoardException.class, () -> DeviceTree.parse(cut, "f.dtb")).getMessage();
      assertEquals(1, message.lines().count());
      if (length >= TOTALSIZE + Integer.BYTES) {
        // With a totalsize that fits, the blocks inside are what is cut short.
        boolean board = read(ByteBuffer.wrap(cut).putInt(TOTALSIZE, length).array());
        assertFalse(board, "a board of the first " + length + " bytes");
      }
    }
  }

  @Test
  void randomBytes() {
    byte[] blob = seed();
    Random random = new Random(3);
    int boards = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] flipped = blob.clone();
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        flipped[random.nextInt(flipped.length)] = (byte) random.nextInt();
      }
      boards += read(flipped) ? 1 : 0;
    }
    assertTrue(boards > 1000 && boards < 19_000, boards + " boards");
  }

  /** Cells are where numbers hide that are huge, negative or wrap. */
  @Test
  void randomWords() {
    byte[] blob = seed();
    int[] nasty = {0, 1, 2, 3, 4, 9, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 0x10_0000};
    Random random = new Random(4);
    for (int round = 0; round < 20_000; round++) {
      ByteBuffer flipped = ByteBuffer.wrap(blob.clone());
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        int word = random.nextInt(blob.length / Integer.BYTES);
        flipped.putInt(word * Integer.BYTES, nasty[random.nextInt(nasty.length)]);
      }
      read(flipped.array());
    }
  }

  @Test
  void realTree() throws IOException {
    byte[] blob = Files.readAllBytes(SharedBoardsTest.blob("hip07-d05.dtb"));
    assertTrue(read(blob));
    Random random = new Random(5);
    for (int round = 0; round < 1000; round++) {
      byte[] flipped = blob.clone();
      for (int i = 0; i < 20; i++) {
        flipped[random.nextInt(flipped.length)] = (byte) random.nextInt();
      }
      read(flipped);
    }
  }

  /** As large as a blob may be, each shaped to make some step of reading costly. */
  @Test
  void largestTreesAreReadSoon() {
    assertSoon(
        "one bus of many windows above many devices",
        fdt -> {
          fdt.begin("bus").cells("#address-cells", 2).cells("#size-cells", 2);
          long[] ranges = new long[3 * 30_000];
          for (int i = 0; i < ranges.length; i += 3) {
            ranges[i] = ranges[i + 1] = i * 0x1000L;
            ranges[i + 2] = 0x1000;
          }
          fdt.numbers("ranges", ranges);
          for (int i = 0; i < 20_000; i++) {
            fdt.begin("mmc@" + i).numbers("reg", i * 0x3000L, 0x800).end();
          }
          fdt.end();
        });
    assertSoon(
        "many masters deep down",
        fdt -> {
          for (int i = 0; i < 60; i++) {
            fdt.begin("n".repeat(15)).cells("#address-cells", 2).cells("#size-cells", 2);
            fdt.flag("ranges");
          }
          for (int i = 0; i < 40_000; i++) {
            fdt.begin("m" + i).flag("dma-ranges").end();
          }
          for (int i = 0; i < 60; i++) {
            fdt.end();
          }
        });
    assertSoon(
        "one master of many streams",
        fdt -> {
          int[] iommus = new int[400_000];
          for (int i = 0; i < iommus.length; i += 2) {
            iommus[i] = TestTree.SMMU;
            iommus[i + 1] = i;
          }
          fdt.begin("gpu@1").cells("iommus", iommus).end();
        });
    assertSoon(
        "many SMMUs",
        fdt -> {
          for (int i = 0; i < 14_000; i++) {
            TestTree.beginSmmu(fdt, "iommu@" + i, i + 2, 0x1_0000_0000L + i * 0x2_0000L).end();
          }
        });
  }

  private static void assertSoon(String what, Consumer<FdtWriter> body) {
    FdtWriter fdt = new FdtWriter().begin("").cells("#address-cells", 2).cells("#size-cells", 2);
    TestTree.smmu(fdt);
    body.accept(fdt);
    byte[] blob = fdt.end().blob();
    assertTrue(blob.length < DeviceTree.MAX_BYTES, what + " takes " + blob.length + " bytes");
    assertTimeoutPreemptively(
        Duration.ofMinutes(1), () -> assertTrue(read(blob), what), () -> what);
  }
}
