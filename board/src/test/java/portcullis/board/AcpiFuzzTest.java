package portcullis.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import portcullis.board.acpi.AcpiTable;
import portcullis.board.acpi.AcpiWriter;
import portcullis.board.acpi.IortWriter;
import portcullis.board.fdt.BoardException;

/** Whatever the tables' bytes are: a board or a one-line {@link BoardException}, and soon. */
class AcpiFuzzTest {
  private static final byte[][] SEEDS = {
    TestIort.full().table(),
    TestIort.srat(0x8000_0000L, 0x1000_0000, TestIort.ENABLED, 0, 0, 0, 0, 1),
    TestIort.mcfg(0x4000_0000L, 0, 1, 3, 0x5000_0000L, 2, 0, 0)
  };

  /** Where a seed, cut, is still a table: behind a structure of an SRAT or MCFG. */
  private static final List<Set<Integer>> WHOLE =
      List.of(Set.of(), Set.of(48, 66, 106), Set.of(44, 60));

  /** Whether the tables gave a board. */
  private static boolean read(byte[]... tables) {
    try {
      Board board = TestIort.read(tables);
      assertTrue(board.topAddress() <= AddressRange.LIMIT);
      return true;
    } catch (BoardException e) {
      String message = e.getMessage();
      assertTrue(message.matches("([012]\\.bin|ACPI tables): .*: expected .*"), message);
      assertTrue(message.chars().noneMatch(Character::isISOControl), message);
      return false;
    }
  }

  @Test
  void truncationAtEveryByte() {
    assertTrue(read(SEEDS), "the seeds are a board");
    for (int which = 0; which < SEEDS.length; which++) {
      for (int length = 0; length < SEEDS[which].length; length++) {
        byte[][] tables = SEEDS.clone();
        tables[which] = Arrays.copyOf(SEEDS[which], length);
        assertFalse(read(tables));
        if (length >= 36) {
          // With a length and a checksum that fit, what the table holds is what is cut short.
          ByteBuffer.wrap(tables[which]).order(ByteOrder.LITTLE_ENDIAN).putInt(4, length);
          AcpiWriter.seal(tables[which]);
          assertEquals(
              WHOLE.get(which).contains(length), read(tables), which + " of " + length + " bytes");
        }
      }
    }
  }

  @Test
  void randomBytes() {
    Random random = new Random(6);
    int boards = 0;
    for (int round = 0; round < 30_000; round++) {
      byte[][] tables = SEEDS.clone();
      int which = random.nextInt(4) % SEEDS.length;
      tables[which] = SEEDS[which].clone();
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        tables[which][random.nextInt(tables[which].length)] = (byte) random.nextInt();
      }
      AcpiWriter.seal(tables[which]);
      boards += read(tables) ? 1 : 0;
    }
    assertTrue(boards > 1000 && boards < 29_000, boards + " boards");
  }

  /** Counts, offsets and lengths that are huge, negative or wrap. */
  @Test
  void randomWords() {
    int[] nasty = {0, 1, 2, 3, 0x10, 0x30, -1, -16, Integer.MIN_VALUE, Integer.MAX_VALUE, 0x1_0000};
    Random random = new Random(7);
    for (int round = 0; round < 30_000; round++) {
      byte[][] tables = SEEDS.clone();
      int which = random.nextInt(4) % SEEDS.length;
      tables[which] = SEEDS[which].clone();
      ByteBuffer table = ByteBuffer.wrap(tables[which]).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        int at = 36 + random.nextInt(table.capacity() - 36 - Integer.BYTES);
        table.putInt(at, nasty[random.nextInt(nasty.length)]);
      }
      AcpiWriter.seal(tables[which]);
      read(tables);
    }
  }

  /** A large table, shaped so that a step that is quadratic in it would show. */
  @Test
  void largeTablesAreReadSoon() {
    AcpiWriter mcfg = new AcpiWriter("MCFG", 1).u64(0);
    for (int i = 0; i < 200_000; i++) {
      mcfg.u64(0x4000_0000L).u16(0).u8(0).u8(i % 256).u32(0);
    }
    IortWriter iort = new IortWriter();
    int smmu = iort.smmu(TestIort.SMMU, TestIort.COHERENT, 0, 0);
    for (int node = 0; node < 250; node++) {
      iort.rootComplex(0, true);
      for (int i = 0; i < 3000; i++) {
        iort.map(i * 16L, 8, i * 16L, smmu);
      }
    }
    byte[] table = iort.table();
    assertTrue(table.length < AcpiTable.MAX_BYTES && table.length > 14 << 20);
    assertTimeoutPreemptively(Duration.ofMinutes(2), () -> assertTrue(read(table, mcfg.table())));
    assertTrue(mcfg.length() < AcpiTable.MAX_BYTES);
  }
}
