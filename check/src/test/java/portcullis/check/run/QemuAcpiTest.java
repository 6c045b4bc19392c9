package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import portcullis.board.AcpiBoardReader;
import portcullis.board.Attachment;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.Master;
import portcullis.board.MemoryArgument;
import portcullis.board.Smmu;
import portcullis.board.StreamRange;
import portcullis.board.acpi.AcpiTable;
import portcullis.board.acpi.AcpiTables;
import portcullis.board.acpi.AcpiWriter;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.DeviceTree;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceSink;
import portcullis.qemu.Qemu;
import portcullis.qemu.QemuMachine;
import portcullis.qemu.QtestClient;
import portcullis.store.Store;

/**
 * ACPI tables that somebody else made: QEMU's, of its {@code virt} machine, from its firmware
 * configuration device. They must describe the board that its device tree describes.
 */
@Timeout(120)
class QemuAcpiTest {
  private static final long RAM_BYTES = 64L << 20;

  /** Where {@code virt} has the device, and its registers (QEMU docs/specs/fw_cfg.rst). */
  private static final long FW_CFG = 0x0902_0000L;

  private static final int SELECTOR = 8;
  private static final int FILE_DIRECTORY = 0x19;
  private static final int NAME_BYTES = 56;
  private static final int HEADER_BYTES = 36;

  private static Board ofTree;
  private static List<AcpiTable> tables;

  @BeforeAll
  static void ask() throws BoardException {
    Optional<Qemu> qemu = Qemu.find();
    assumeTrue(qemu.isPresent(), Qemu.MISSING);
    try (QemuMachine machine =
        QemuMachine.start(qemu.get(), RAM_BYTES, new Store(), TraceSink.NONE)) {
      ofTree =
          BoardReader.read(DeviceTree.parse(machine.deviceTree(), "QEMU"), BoardOptions.DEFAULTS);
      tables = tables(file(machine.qtest(), "etc/acpi/tables"));
    }
  }

  /** A file of the device: its directory tells size and key, both big-endian. */
  private static byte[] file(QtestClient qtest, String name) {
    int count = ByteBuffer.wrap(select(qtest, FILE_DIRECTORY, Integer.BYTES)).getInt();
    int entry = 2 * Integer.BYTES + NAME_BYTES;
    ByteBuffer directory =
        ByteBuffer.wrap(select(qtest, FILE_DIRECTORY, Integer.BYTES + count * entry));
    for (int i = 0; i < count; i++) {
      int at = Integer.BYTES + i * entry;
      String entryName =
          new String(
              Arrays.copyOfRange(directory.array(), at + 2 * Integer.BYTES, at + entry),
              StandardCharsets.US_ASCII);
      if (entryName.substring(0, entryName.indexOf(0)).equals(name)) {
        return select(
            qtest,
            Short.toUnsignedInt(directory.getShort(at + Integer.BYTES)),
            directory.getInt(at));
      }
    }
    throw new AssertionError("QEMU has no file " + name);
  }

  private static byte[] select(QtestClient qtest, int key, int bytes) {
    qtest.write(
        FW_CFG + SELECTOR, Short.BYTES, Short.toUnsignedLong(Short.reverseBytes((short) key)));
    byte[] data = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      data[i] = (byte) qtest.read(FW_CFG, 1);
    }
    return data;
  }

  /** The tables that we read, out of all that lie one behind another; firmware seals them. */
  private static List<AcpiTable> tables(byte[] all) throws BoardException {
    List<AcpiTable> found = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    int at = 0;
    while (at + HEADER_BYTES <= all.length) {
      String signature = new String(all, at, 4, StandardCharsets.US_ASCII);
      int length = bytes.getInt(at + 4);
      if (Set.of("IORT", "MCFG", "SRAT").contains(signature)) {
        byte[] table = AcpiWriter.seal(Arrays.copyOfRange(all, at, at + length));
        found.add(AcpiTable.parse(table, "QEMU's " + signature));
      }
      at += Math.max(length, HEADER_BYTES);
    }
    return found;
  }

  private static Board ofAcpi() throws BoardException {
    return AcpiBoardReader.read(
        AcpiTables.of(tables),
        BoardOptions.DEFAULTS.withMemory(MemoryArgument.parse("0x40000000+1G")));
  }

  @Test
  void describeTheBoardThatTheDeviceTreeDescribes() throws BoardException {
    assertEquals(
        Set.of("IORT", "MCFG"), Set.copyOf(tables.stream().map(AcpiTable::signature).toList()));
    Board board = ofAcpi();
    assertEquals(1, board.smmus().size());
    Smmu smmu = board.smmus().getFirst();
    Smmu expected = ofTree.smmus().getFirst();
    assertEquals(expected.registers(), smmu.registers());
    assertEquals(expected.coherent(), smmu.coherent());
    // An SPI's GSIV is its number in the GIC's numbering, which has 32 others before.
    List<Integer> spis =
        expected.interrupts().stream().map(i -> i.specifier().get(1) + 32).sorted().toList();
    assertEquals(
        spis, smmu.interrupts().stream().map(i -> i.specifier().getFirst()).sorted().toList());

    List<Master> pci = ofTree.masters().stream().filter(Master::pci).toList();
    assertEquals(1, pci.size());
    Master root = board.masters().getFirst();
    // The tree leads every requester ID to the SMMU, the IORT those of the buses that there are.
    assertEquals(List.of(new StreamRange(0, 0, 0x1_0000, 0)), pci.getFirst().streams());
    assertEquals(List.of(new StreamRange(0, 0, 0x100, 0)), root.streams());
    assertEquals(
        List.of("pci-segment-0", "pci-segment-0 requester IDs 0x100-0xffff"),
        board.masters().stream().map(Master::name).toList());
    assertEquals(Attachment.SMMU, root.attachment());
    assertTrue(root.coherent());
    assertTrue(pci.getFirst().registers().containsAll(root.registers()));
    assertEquals(1, root.registers().size());
  }

  @Test
  void areABoardThatTheMainJobHoldsOn() throws BoardException {
    try (Run run =
        new Run(
            ofAcpi(),
            Profile.named("qemu-11").orElseThrow(),
            Policies.DEFAULT,
            1,
            TraceSink.NONE)) {
      RunReport report = run.report();
      assertEquals(RunReport.Result.HELD, report.result());
      assertTrue(report.masters().getFirst().isProtected());
    }
  }
}
