package portcullis.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import portcullis.board.acpi.AcpiWriter;
import portcullis.board.acpi.IortWriter;
import portcullis.board.fdt.BoardException;

/** Tables that are no tables, or say what cannot be: file, offset, field and what was expected. */
class AcpiFaultTest {
  private static final TestIort.Full FULL = TestIort.full();

  private static void assertFault(String message, byte[]... tables) {
    assertEquals(
        message, assertThrows(BoardException.class, () -> TestIort.read(tables)).getMessage());
  }

  /** The full table with {@code change} made, and its checksum right. */
  private static byte[] changed(Consumer<ByteBuffer> change) {
    byte[] table = FULL.table().clone();
    change.accept(ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN));
    return AcpiWriter.seal(table);
  }

  private static String at(int offset) {
    return "0.bin: offset 0x" + Integer.toHexString(offset) + ": ";
  }

  @Test
  void headers() {
    assertFault("0.bin: is empty: expected an ACPI table", new byte[0]);
    assertFault(
        at(0) + "signature: is none of an ACPI table: expected four capital letters and digits",
        "hello".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    assertFault(
        at(20) + "header: file ends inside it: expected 36 bytes", Arrays.copyOf(FULL.table(), 20));
    int length = FULL.table().length;
    assertFault(
        at(4) + "length: is " + length + ", and the file ends before: expected 1 more bytes",
        Arrays.copyOf(FULL.table(), length - 1));
    assertFault(
        at(4)
            + "length: is %d, and the file goes on behind the table: expected one table and nothing"
                .formatted(length)
            + " else in a file of %d bytes".formatted(length + 4),
        Arrays.copyOf(FULL.table(), length + 4));
    assertFault(at(4) + "length: is 4: expected at least 36", changed(b -> b.putInt(4, 4)));
    byte[] wrong = FULL.table().clone();
    wrong[9]++;
    assertFault(
        at(9)
            + "checksum: is 0x%02x: expected 0x%02x, so that all bytes of the table sum up to 0"
                .formatted(wrong[9], FULL.table()[9]),
        wrong);
  }

  @Test
  void whichTables() {
    byte[] srat = TestIort.srat();
    assertFault(
        at(0) + "signature: is FACP: expected IORT, SRAT or MCFG",
        new AcpiWriter("FACP", 1).table());
    assertFault("ACPI tables: none is an IORT: expected one, which names the SMMUs", srat);
    assertFault(
        "2.bin: is a second SRAT, after 1.bin: expected one table of each kind",
        FULL.table(),
        srat,
        srat);
    assertFault("0.bin: no node is an SMMUv3: expected a node of type 4", new IortWriter().table());
  }

  @Test
  void nodes() {
    int length = FULL.table().length;
    assertFault(
        at(40)
            + "node offset: is 0x10: expected 0x30 to the table's length of 0x%x".formatted(length),
        changed(b -> b.putInt(40, 0x10)));
    assertFault(
        at(40)
            + "node offset: is 0xffffffff: expected 0x30 to the table's length of 0x%x"
                .formatted(length),
        changed(b -> b.putInt(40, -1)));
    assertFault(
        at(length) + "node 7 of 8: table ends inside its header: expected 16 more bytes",
        changed(b -> b.putInt(36, 8)));
    assertFault(
        at(FULL.smmu() + 1) + "node length: is 60: expected at least 68 for its type and revision",
        changed(b -> b.putShort(FULL.smmu() + 1, (short) 60)));
    assertFault(
        at(FULL.smmu() + 1)
            + "node length: is 65535, and the table ends before: expected at most %d"
                .formatted(length - FULL.smmu()),
        changed(b -> b.putShort(FULL.smmu() + 1, (short) -1)));
    assertFault(
        at(FULL.named() + 30)
            + "device object name: has the byte 0x1b: expected printable ASCII"
            + " characters and a zero",
        changed(b -> b.put(FULL.named() + 30, (byte) 0x1b)));
    assertFault(
        at(FULL.smmu() + 16)
            + "base address: 0x10008000 is not aligned: expected a multiple of"
            + " 0x10000",
        changed(b -> b.putLong(FULL.smmu() + 16, 0x1000_8000L)));
    assertFault(
        at(FULL.smmu() + 16)
            + "base address: 0xfffffffffff0000+0x20000 is out of range: expected"
            + " an end at or below 2^52",
        changed(b -> b.putLong(FULL.smmu() + 16, 0xfff_ffff_ffff_0000L)));
    assertFault(
        at(FULL.other() + 16)
            + "base address: 0x10010000+0x20000 overlaps the SMMUv3 at IORT+0x%x"
                .formatted(FULL.smmu())
            + ": expected registers of its own",
        changed(b -> b.putLong(FULL.other() + 16, 0x1001_0000L)));
    assertFault(
        at(FULL.reserved() + 28)
            + "memory range: 0x80000000+0xffffffffffffffff is out of range:"
            + " expected an end at or below 2^52",
        changed(b -> b.putLong(FULL.reserved() + 36, -1)));
    assertFault(
        at(FULL.reserved() + 20)
            + "memory range descriptor count: is 1000, and the node ends"
            + " before: expected at most 4 of 20 bytes from 0x1c",
        changed(b -> b.putInt(FULL.reserved() + 20, 1000)));
  }

  @Test
  void mappings() {
    int mapping = FULL.root() + 40;
    assertFault(
        at(FULL.root() + 8)
            + "ID mapping count: is 3, and the node ends before: expected at most 2"
            + " of 20 bytes from 0x28",
        changed(b -> b.putInt(FULL.root() + 8, 3)));
    assertFault(
        at(FULL.root() + 8)
            + "ID mapping count: is 4294967295, and the node ends before: expected"
            + " at most 2 of 20 bytes from 0x28",
        changed(b -> b.putInt(FULL.root() + 8, -1)));
    assertFault(
        at(FULL.root() + 12)
            + "ID mapping offset: is 0xfffffff0: expected 0x10 to the node's"
            + " length of 0x50",
        changed(b -> b.putInt(FULL.root() + 12, -16)));
    assertFault(
        at(mapping + 4)
            + "number of IDs: is 0xffffffff from ID 0x500: expected IDs of at most 32"
            + " bits",
        changed(b -> b.putInt(mapping + 4, -1)));
    assertFault(
        at(mapping + 12)
            + "output reference: is 0x31, where no node begins: expected the offset of"
            + " a node",
        changed(b -> b.putInt(mapping + 12, 0x31)));
    assertFault(
        at(mapping) + "input base: 0x10000 is no requester ID: expected at most 16 bits",
        changed(b -> b.putInt(mapping, 0x1_0000)));
    assertFault(
        at(mapping + 20)
            + "ID mapping: of the root complex at IORT+0x%x: input IDs 0x0-0x101 overlap"
                .formatted(FULL.root())
            + " those of another from 0x100: expected one mapping of each ID",
        changed(b -> b.putInt(mapping + 24, 0x101)));
    assertFault(
        at(mapping + 20)
            + "ID mapping: of the root complex at IORT+0x%x, of whose mappings one is for all IDs"
                .formatted(FULL.root())
            + ": expected no other mapping",
        changed(b -> b.putInt(mapping + 16, 1)));
  }

  /** No path is longer than device, SMMU, ITS group; so that none is a cycle. */
  @Test
  void cycles() {
    int ofRoot = FULL.root() + 40 + 12;
    assertFault(
        at(ofRoot)
            + "output reference: of the root complex at IORT+0x%1$x is the root complex at"
                .formatted(FULL.root())
            + " IORT+0x%x: expected an SMMU or an ITS group".formatted(FULL.root()),
        changed(b -> b.putInt(ofRoot, FULL.root())));
    int ofSmmu = FULL.smmu() + 68 + 12;
    assertFault(
        at(ofSmmu)
            + "output reference: of the SMMUv3 at IORT+0x%x is the SMMUv3 at IORT+0x%x"
                .formatted(FULL.smmu(), FULL.other())
            + ": expected an ITS group, the only thing behind an SMMU",
        changed(b -> b.putInt(ofSmmu, FULL.other())));
    int ofReserved = FULL.reserved() + 68 + 12;
    assertFault(
        at(ofReserved)
            + "output reference: of the RMR at IORT+0x%x is the ITS group at IORT+0x30"
                .formatted(FULL.reserved())
            + ": expected an SMMU",
        changed(b -> b.putInt(ofReserved, FULL.its())));
  }

  @Test
  void sratAndMcfg() {
    assertFault(
        "1.bin: offset 0x42: memory affinity: 0x8000000000000000+0x1000 is out of range: expected"
            + " an end at or below 2^52",
        FULL.table(),
        TestIort.srat(Long.MIN_VALUE, 0x1000, TestIort.ENABLED, 0));
    assertFault(
        "0.bin: offset 0x%x: base address: 0x10000000+0x20000 overlaps memory at"
                .formatted(FULL.smmu() + 16)
            + " 0x0+0x20000000: expected registers outside of memory",
        FULL.table(),
        TestIort.srat(0, 0x2000_0000, TestIort.ENABLED, 0));
    byte[] srat = TestIort.srat(0, 0x1000, TestIort.ENABLED, 0);
    srat[0x43] = 0;
    assertFault(
        "1.bin: offset 0x43: affinity structure length: is 0: expected at least 40 for its type",
        FULL.table(),
        AcpiWriter.seal(srat));
    assertFault(
        "1.bin: offset 0x37: end bus number: is 1: expected at least the start's 2",
        FULL.table(),
        TestIort.mcfg(0x4000_0000L, 0, 2, 1));
    assertFault(
        "1.bin: offset 0x4: length: is 45: expected 44 and a multiple of 16",
        FULL.table(),
        new AcpiWriter("MCFG", 1).u64(0).u8(0).table());
    String overlap =
        assertThrows(
                BoardException.class,
                () -> TestIort.read(FULL.table(), TestIort.mcfg(0x1000_0000L, 0, 0, 0)))
            .getMessage();
    assertTrue(overlap.contains("overlaps an SMMU's registers"), overlap);
  }
}
