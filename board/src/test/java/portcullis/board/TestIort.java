package portcullis.board;

import java.util.ArrayList;
import java.util.List;
import portcullis.board.acpi.AcpiTable;
import portcullis.board.acpi.AcpiTables;
import portcullis.board.acpi.AcpiWriter;
import portcullis.board.acpi.IortWriter;
import portcullis.board.fdt.BoardException;

/** Small ACPI tables for tests. */
final class TestIort {
  static final int COHERENT = 1;
  static final long SMMU = 0x1000_0000L;
  static final int GSIV = 74;
  static final int ENABLED = 1;
  static final int HOT_PLUGGABLE = 2;

  private TestIort() {}

  /** Everything that the reader knows: offsets of its nodes are in {@link Full}. */
  static Full full() {
    IortWriter iort = new IortWriter();
    int its = iort.its(0);
    int smmu = iort.smmu(SMMU, COHERENT, 0, GSIV);
    iort.map(0, 0x1_0000, 0, its);
    int other = iort.smmu(SMMU + 0x2_0000, 0, 1, 0);
    int root = iort.rootComplex(0, true);
    iort.map(0x100, 0x100, 0x500, smmu).map(0, 0x100, 0x10, other);
    int named = iort.named("\\_SB.ETH0", true);
    iort.mapAll(0x20, smmu).mapAll(0x21, smmu);
    int reserved = iort.reserved(0x8000_0000L, 0x10_0000, 0x9000_0000L, 0x1_0000);
    iort.map(0, 1, 0x20, smmu).map(0, 2, 0x10, other);
    iort.other(5, new byte[24]);
    return new Full(iort.table(), its, smmu, other, root, named, reserved);
  }

  /** A table and where its nodes are. */
  record Full(byte[] table, int its, int smmu, int other, int root, int named, int reserved) {}

  /** An SRAT; four numbers a structure: base, length, flags, proximity domain. */
  static byte[] srat(long... structures) {
    AcpiWriter srat = new AcpiWriter("SRAT", 3).u32(1).u64(0);
    // A GICC affinity structure, which is no memory.
    srat.u8(3).u8(18).bytes(new byte[16]);
    for (int i = 0; i < structures.length; i += 4) {
      srat.u8(1).u8(40).u32(structures[i + 3]).u16(0);
      srat.u64(structures[i]).u64(structures[i + 1]).u32(0).u32(structures[i + 2]).u64(0);
    }
    return srat.table();
  }

  /** An MCFG; four numbers an allocation: base, segment, first bus, last bus. */
  static byte[] mcfg(long... allocations) {
    AcpiWriter mcfg = new AcpiWriter("MCFG", 1).u64(0);
    for (int i = 0; i < allocations.length; i += 4) {
      mcfg.u64(allocations[i]).u16((int) allocations[i + 1]);
      mcfg.u8((int) allocations[i + 2]).u8((int) allocations[i + 3]).u32(0);
    }
    return mcfg.table();
  }

  static Board read(byte[]... tables) throws BoardException {
    return read(BoardOptions.DEFAULTS, tables);
  }

  /** The board; the tables' files are {@code 0.bin} and so on. */
  static Board read(BoardOptions options, byte[]... tables) throws BoardException {
    List<AcpiTable> parsed = new ArrayList<>();
    for (byte[] table : tables) {
      parsed.add(AcpiTable.parse(table, parsed.size() + ".bin"));
    }
    return AcpiBoardReader.read(AcpiTables.of(parsed), options);
  }
}
