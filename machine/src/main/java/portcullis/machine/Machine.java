package portcullis.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import portcullis.arch.smmu.Idr1;
import portcullis.board.AddressRange;
import portcullis.board.Board;
import portcullis.board.Master;
import portcullis.board.Smmu;
import portcullis.machine.smmuv3.Profile;
import portcullis.machine.smmuv3.SmmuV3;
import portcullis.platform.El2Vectors;
import portcullis.platform.HostCpu;
import portcullis.platform.Platform;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/**
 * A whole machine, built from a board: its RAM, its enabled SMMUs of one profile, its DMA masters,
 * CPUs and clock. All of its state is in the store that it was given.
 */
public final class Machine {
  private final ModelPlatform platform;
  private final ModelCpu.El2Entry el2 = new ModelCpu.El2Entry();
  private final List<HostCpu> cpus = new ArrayList<>();
  private final List<Optional<SmmuV3>> smmus = new ArrayList<>();
  private final List<Interrupts> interrupts = new ArrayList<>();
  private final List<DmaMaster> masters = new ArrayList<>();

  /**
   * Builds the machine and declares its state.
   *
   * @param profile what its SMMUs can do; whether each is coherent is the board's word
   * @param cpuCount how many CPUs run the host, at least 1
   * @param trace takes what happens on the bus and in the SMMUs
   */
  public Machine(Store store, Board board, Profile profile, int cpuCount, TraceSink trace) {
    Ram ram = new Ram(store, board.memory().stream().map(Machine::range).toList());
    ModelClock clock = new ModelClock(store);
    SystemBus bus = new SystemBus(ram, trace, clock);
    CpuStage2 stage2 = new CpuStage2(store, bus.drivenBy("cpu"));
    platform = new ModelPlatform(ram, bus.drivenBy("hyp"), clock, stage2, trace);
    for (int i = 0; i < cpuCount; i++) {
      cpus.add(new ModelCpu(store, i, bus.drivenBy("host"), stage2, clock, el2));
    }
    for (Smmu node : board.smmus()) {
      String name = smmuName(node);
      Interrupts lines = new Interrupts(store, name);
      interrupts.add(lines);
      if (!node.enabled()) {
        smmus.add(Optional.empty());
        continue;
      }
      SmmuV3 smmu =
          new SmmuV3(
              store, name, fitted(profile, board, node), bus.drivenBy(name), lines, trace, clock);
      smmus.add(Optional.of(smmu));
      bus.place(registers(smmu), node.registers().base(), SmmuV3.REGISTER_BYTES);
    }
    for (Master master : board.masters()) {
      masters.add(new DmaMaster(master, smmus, bus.drivenBy(master.name())));
    }
  }

  /**
   * The profile as this board has it: coherent as the tree says, and with StreamIDs as wide as the
   * masters behind it need, whatever the product's default is.
   */
  private static Profile fitted(Profile profile, Board board, Smmu node) {
    long last =
        board.masters().stream()
            .flatMap(master -> master.streams().stream())
            .filter(range -> range.smmu() == node.index())
            .mapToLong(range -> range.first() + range.count() - 1)
            .max()
            .orElse(0);
    int bits = Long.SIZE - Long.numberOfLeadingZeros(last);
    return profile
        .withCoherence(node.coherent())
        .withStreamIdBits(Math.max(bits, (int) Idr1.SIDSIZE.get(profile.idr1())));
  }

  /** The name of an SMMU's model, for cells and traces: {@code smmu} and its index. */
  public static String smmuName(Smmu node) {
    return "smmu" + node.index();
  }

  private static MemoryRange range(AddressRange range) {
    return new MemoryRange(range.base(), range.size());
  }

  private static MmioDevice registers(SmmuV3 smmu) {
    return new MmioDevice() {
      @Override
      public String name() {
        return smmu.name();
      }

      @Override
      public long read(int offset, int bytes) {
        return smmu.read(offset, bytes);
      }

      @Override
      public void write(int offset, int bytes, long value) {
        smmu.write(offset, bytes, value);
      }
    };
  }

  /** The machine as EL2 touches it. */
  public Platform platform() {
    return platform;
  }

  /** Sends the host's exceptions to EL2 from now on. */
  public void installEl2(El2Vectors vectors) {
    el2.install(vectors);
  }

  /** A CPU that runs the host. */
  public HostCpu cpu(int number) {
    return cpus.get(number);
  }

  /** The SMMU at the board's index; empty where the board disables it. */
  public Optional<SmmuV3> smmu(int index) {
    return smmus.get(index);
  }

  /** The wired interrupts of the SMMU at the board's index. */
  public Interrupts interrupts(int index) {
    return interrupts.get(index);
  }

  /** Every DMA master, in the board's order. */
  public List<DmaMaster> masters() {
    return List.copyOf(masters);
  }
}
