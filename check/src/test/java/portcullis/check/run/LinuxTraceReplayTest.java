package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Register;
import portcullis.arch.vmsa.Granule;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.BuiltInBoard;
import portcullis.board.fdt.BoardException;
import portcullis.host.Domain;
import portcullis.host.HostBoot;
import portcullis.host.HostMemory;
import portcullis.host.SmmuDriver;
import portcullis.hyp.Hypervisor;
import portcullis.hyp.smmuv3.SmmuV3Driver;
import portcullis.machine.DmaMaster;
import portcullis.machine.Machine;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.pgtable.Result;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/**
 * What Linux's own driver did to real (QEMU's) registers, done to EL2's emulation by a deprivileged
 * host: the same accesses with the same values, answered alike, while the streams' DMA works where
 * the recording's did (series part 14; issue 4, the real driver's traffic).
 */
class LinuxTraceReplayTest {
  /** The recording, where it lies beside the project. */
  private static final String TRACE = "shared/traces/linux-6.12-smmuv3-nvme.txt";

  private static final Pattern UNMAPPED =
      Pattern.compile("smmuv3_range_inval vmid=0 asid=1 addr=0x(\\w+) .*");

  /** All that the emulation answers otherwise than the hardware of the recording. */
  private static final List<HiddenField> HIDDEN =
      List.of(
          new HiddenField(Register.IDR0, Idr0.S2P, "stage 2 is EL2's"),
          new HiddenField(Register.IDR0, Idr0.VMID16, "VMIDs belong to stage 2"),
          new HiddenField(Register.IDR3, Idr3.XNX, "a property of stage-2 descriptors"));

  private static final int CPU_ADDRESS_BITS = 48;
  private static final long PAGE = 0x1000;
  private static final int NVME = 8;
  private static final int SECOND = 0x10;

  private List<String> trace;
  private TraceReplay replay;
  private SmmuDriver driver;
  private HostMemory memory;
  private DmaMaster pci;

  @BeforeEach
  void deprivilege() throws IOException, BoardException {
    Optional<Path> file =
        Stream.iterate(Path.of("").toAbsolutePath(), Objects::nonNull, Path::getParent)
            .map(folder -> folder.resolve(TRACE))
            .filter(Files::isReadable)
            .findFirst();
    assumeTrue(file.isPresent(), () -> "no " + TRACE + " above this folder");
    trace = Files.readAllLines(file.get());

    Board board = BoardReader.read(BuiltInBoard.tree(), BoardOptions.DEFAULTS);
    HostBoot boot = HostBoot.plan(board, CPU_ADDRESS_BITS, Granule.SIZE_4K).orElseThrow();
    Store store = new Store();
    Machine machine = new Machine(store, board, Profile.QEMU_11, 1, TraceSink.NONE);
    Hypervisor hypervisor =
        new Hypervisor(
            store,
            machine.platform(),
            boot.parameters(),
            Policies.DEFAULT.pages(),
            List.of(
                (cells, platform, pages, parameters) ->
                    new SmmuV3Driver(cells, platform, pages, parameters, Policies.DEFAULT.smmu())));
    machine.installEl2(hypervisor);
    hypervisor.boot();
    hypervisor.deprivilege();
    long base = board.smmus().getFirst().registers().base();
    replay = new TraceReplay(machine.cpu(0), base, trace, HIDDEN);
    memory =
        new HostMemory(store, replay, boot.kernelMemory().base(), boot.kernelMemory().size(), 12);
    driver = new SmmuDriver(store, replay, memory, "host.smmu0", base, false);
    pci =
        machine.masters().stream()
            .filter(master -> master.description().pci())
            .findFirst()
            .orElseThrow();
  }

  @Test
  void theEmulationAnswersAsHardwareDid() {
    assertEquals(SmmuDriver.Outcome.OK, driver.bringUp());
    Domain nvme = driver.newDomain();
    assertTrue(driver.attach(NVME, nvme));
    List<Long> iovas = unmapped();
    assertEquals(12, iovas.size());
    for (long iova : iovas) {
      moveAndUnmap(nvme, iova);
    }
    Domain second = driver.newDomain();
    assertTrue(driver.attach(SECOND, second));
    assertEquals(List.of(), replay.rest());
    assertEquals(80, replay.accesses());
    assertEquals(50, replay.commands());
  }

  /** The stream of the recording does DMA to a page that is mapped, and no more once it is not. */
  private void moveAndUnmap(Domain domain, long iova) {
    long page = memory.allocateBytes(PAGE);
    assertEquals(Result.OK, domain.map(iova, page, PAGE));
    byte[] sent = {1, 2, 3, (byte) iova, (byte) (iova >>> 12), 6, 7, 8};
    assertEquals(DmaMaster.Result.OK, pci.write(stream(), iova, sent));
    byte[] got = new byte[sent.length];
    assertEquals(DmaMaster.Result.OK, pci.read(stream(), iova, got));
    assertArrayEquals(sent, got);
    assertEquals(0x03_02_01, replay.memory().read64(page) & 0xff_ff_ff);
    assertEquals(Result.OK, domain.unmap(iova, PAGE));
    assertFalse(pci.write(stream(), iova, sent) == DmaMaster.Result.OK);
  }

  private static portcullis.machine.Stream stream() {
    return portcullis.machine.Stream.of(0, NVME);
  }

  private List<Long> unmapped() {
    List<Long> iovas = new ArrayList<>();
    for (String line : trace) {
      Matcher matcher = UNMAPPED.matcher(line);
      if (matcher.matches()) {
        iovas.add(Long.parseLong(matcher.group(1), 16));
      }
    }
    return iovas;
  }
}
