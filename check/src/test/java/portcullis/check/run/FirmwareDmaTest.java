package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
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
import portcullis.host.Domain;
import portcullis.host.HostBoot;
import portcullis.host.SmmuDriver;
import portcullis.machine.Stream;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.pgtable.Result;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/** Memory that devices go on to access as firmware had them do: RMR nodes (DEN 0049E). */
class FirmwareDmaTest {
  private static final long MIB = 1L << 20;
  private static final long PAGE = 0x1000;

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
    HostBoot boot =
        HostBoot.plan(board, Run.addressBits(Granule.SIZE_4K), Granule.SIZE_4K).orElseThrow();
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

  /**
   * A page that firmware's DMA uses is the host's like any other: it may give it away, and its own
   * device then loses it. Refusing would let whoever wrote the table keep pages from guests, and
   * keeping the mapping would let the device into a guest.
   */
  @Test
  void aPageThatTheHostGivesAwayIsLostToTheDeviceItIsReservedFor() throws BoardException {
    Board board = board();
    Store store = new Store();
    Witness witness = new Witness(TraceSink.NONE);
    try (RunMachine machine = Run.onModel(board, Profile.GENERIC).make(store, witness)) {
      ProtectedSystem system =
          ProtectedSystem.load(machine, store, witness, Policies.DEFAULT).orElseThrow();
      system.boot();
      long reserved = board.reserved().getFirst().ranges().getFirst().base();
      long stays = reserved + 2 * PAGE;
      SmmuDriver driver = system.newDriver(board.smmus().getFirst(), "host.");
      assertEquals(SmmuDriver.Outcome.OK, driver.bringUp());
      RunMaster device = machine.masters().getFirst();
      Stream stream = Stream.of(0, 3);
      Domain domain = driver.newDomain();
      assertEquals(Result.OK, domain.map(reserved, reserved, 2 * MIB));
      assertTrue(driver.attach(stream.streamId(), domain));
      byte[] data = new byte[64];
      Arrays.fill(data, (byte) 0x5c);
      for (long at : new long[] {reserved, stays}) {
        assertTrue(device.write(stream, at, data), "firmware's DMA goes on");
        assertEquals(0x5c5c_5c5c_5c5c_5c5cL, system.cpu().memory().read64(at));
      }

      system.startGuest();
      Victim victim = system.victimAt(reserved);
      assertTrue(system.giveAway(victim, new Journal()));
      Arrays.fill(data, (byte) 0x77);
      assertFalse(device.write(stream, reserved, data), "through the identity mapping");
      assertTrue(device.write(stream, stays, data), "the rest of the range stays");
      driver.attachBypass(stream.streamId());
      assertFalse(device.write(stream, reserved, data), "through a bypass STE");
      assertTrue(device.write(stream, stays, data));
      assertTrue(victim.intact());
      assertEquals(0x7777_7777_7777_7777L, system.cpu().memory().read64(stays));
    }
  }
}
