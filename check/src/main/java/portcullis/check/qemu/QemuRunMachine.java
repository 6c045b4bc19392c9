package portcullis.check.qemu;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.Smmu;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.DeviceTree;
import portcullis.check.run.Deviation;
import portcullis.check.run.RunMachine;
import portcullis.check.run.RunMaster;
import portcullis.machine.InterruptLatch;
import portcullis.machine.smmuv3.InterruptLine;
import portcullis.platform.El2Vectors;
import portcullis.platform.HostCpu;
import portcullis.platform.Platform;
import portcullis.platform.trace.TraceSink;
import portcullis.qemu.PciFunction;
import portcullis.qemu.Qemu;
import portcullis.qemu.QemuException;
import portcullis.qemu.QemuMachine;
import portcullis.qemu.VirtMap;
import portcullis.store.Store;

/** A running QEMU, whose board is what its own device tree says. */
public final class QemuRunMachine implements RunMachine {
  /** What QEMU takes without a word; none of it is used before it is written. */
  private static final long RAM_BYTES = 512L << 20;

  private final String kind;
  private final QemuMachine machine;
  private final Board board;
  private final List<RunMaster> masters;

  private QemuRunMachine(String kind, QemuMachine machine) {
    this.kind = kind;
    this.machine = machine;
    board = board(kind, machine.deviceTree());
    int smmu = smmuIndex(board);
    masters =
        List.of(
            new EduMaster(machine.edu(), smmu), new TestdevMaster(machine.iommuTestdev(), smmu));
    requireCovered(board, machine.edu().function());
    requireCovered(board, machine.iommuTestdev().function());
  }

  /**
   * What starts QEMU for a run.
   *
   * @throws QemuException from the maker, if that does not work
   */
  public static Maker of(Qemu qemu) {
    return (store, trace) -> start(qemu, store, trace);
  }

  private static QemuRunMachine start(Qemu qemu, Store store, TraceSink trace) {
    QemuMachine machine = QemuMachine.start(qemu, RAM_BYTES, store, trace);
    boolean complete = false;
    try {
      QemuRunMachine started = new QemuRunMachine("QEMU " + qemu.version(), machine);
      complete = true;
      return started;
    } finally {
      if (!complete) {
        machine.close();
      }
    }
  }

  private static Board board(String kind, byte[] deviceTree) {
    try {
      return BoardReader.read(DeviceTree.parse(deviceTree, kind), BoardOptions.DEFAULTS);
    } catch (BoardException e) {
      throw new QemuException("QEMU's device tree: " + e.getMessage(), e);
    }
  }

  private static int smmuIndex(Board board) {
    return board.smmus().stream()
        .filter(smmu -> smmu.registers().base() == VirtMap.SMMU.base())
        .findFirst()
        .map(Smmu::index)
        .orElseThrow(
            () -> new QemuException("QEMU's device tree has no SMMU at the place of its own"));
  }

  /** The StreamID that QEMU sends is one that the tree leads to the SMMU. */
  private static void requireCovered(Board board, PciFunction function) {
    int streamId = function.streamId();
    if (board.masters().stream()
        .flatMap(master -> master.streams().stream())
        .noneMatch(r -> r.first() <= streamId && streamId - r.first() < r.count())) {
      throw new QemuException(
          "QEMU's device tree leads StreamID 0x%x to no SMMU".formatted(streamId));
    }
  }

  @Override
  public String kind() {
    return kind;
  }

  @Override
  public String profile() {
    return "";
  }

  @Override
  public Board board() {
    return board;
  }

  @Override
  public Platform platform() {
    return machine.platform();
  }

  @Override
  public HostCpu cpu() {
    return machine.cpu();
  }

  @Override
  public void installEl2(El2Vectors vectors) {
    machine.installEl2(vectors);
  }

  @Override
  public List<RunMaster> masters() {
    return masters;
  }

  @Override
  public InterruptLatch interrupts(Smmu smmu) {
    return machine.interrupts();
  }

  /** Those that EL2 raises; what QEMU's own SMMU signals is not seen. */
  @Override
  public Set<InterruptLine> followedWires() {
    return EnumSet.of(InterruptLine.GERROR, InterruptLine.CMDQ_SYNC);
  }

  @Override
  public Set<Deviation> deviations() {
    return Set.of(Deviation.TABLE_BASE_IN_CONFIGURATION);
  }

  @Override
  public void close() {
    machine.close();
  }
}
