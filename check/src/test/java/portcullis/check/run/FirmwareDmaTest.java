package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.arch.vmsa.Granule;
import portcullis.board.AcpiBoardReader;
import portcullis.board.AddressRange;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.MemoryArgument;
import portcullis.board.acpi.AcpiTable;
import portcullis.board.acpi.AcpiTables;
import portcullis.board.acpi.IortWriter;
import portcullis.board.fdt.BoardException;
import portcullis.host.HostBoot;
import portcullis.machine.smmuv3.Profile;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.trace.TraceSink;

/** Memory that devices go on to access as firmware had them do: RMR nodes (DEN 0049E). */
class FirmwareDmaTest {
  private static final long MIB = 1L << 20;

  /** 2 GiB of RAM, all of it but 512 MiB in the middle an RMR of the one master. */
  private static Board board() throws BoardException {
    IortWriter iort = new IortWriter();
    int smmu = iort.smmu(0x1000_0000L, 1, 0, 74);
    iort.named("\\_SB.GPU0", true);
    iort.mapAll(3, smmu);
    iort.reserved(0x8000_0000L, 768 * MIB, 0xd000_0000L, 768 * MIB);
    iort.map(0, 1, 3, smmu);
    return AcpiBoardReader.read(
        AcpiTables.of(List.of(AcpiTable.parse(iort.table(), "iort.bin"))),
        BoardOptions.DEFAULTS.withMemory(MemoryArgument.parse("0x80000000+2G")));
  }

  private static AddressRange range(MemoryRange range) {
    return new AddressRange(range.base(), range.size());
  }

  @Test
  void neitherEl2NorTheKernelIsWhereADeviceMayStillWrite() throws BoardException {
    Board board = board();
    HostBoot boot = HostBoot.plan(board, Run.ADDRESS_BITS, Granule.SIZE_4K).orElseThrow();
    List<AddressRange> reserved = board.reserved().getFirst().ranges();
    assertEquals(2, reserved.size());
    for (AddressRange range : reserved) {
      assertFalse(range.overlaps(range(boot.parameters().hypervisorMemory())));
      assertFalse(range.overlaps(range(boot.kernelMemory())));
    }
    try (Run run = new Run(board, Profile.GENERIC, Policies.DEFAULT, 1, TraceSink.NONE)) {
      RunReport report = run.report();
      assertEquals(RunReport.Result.HELD, report.result());
      assertTrue(report.masters().getFirst().isProtected());
    }
  }
}
