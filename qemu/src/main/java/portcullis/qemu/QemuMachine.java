package portcullis.qemu;

import java.util.List;
import portcullis.machine.Cpus;
import portcullis.machine.InterruptLatch;
import portcullis.platform.El2Vectors;
import portcullis.platform.HostCpu;
import portcullis.platform.Platform;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/**
 * A running QEMU as a whole machine: one SMMUv3, RAM, DMA masters of two kinds behind the SMMU, and
 * one CPU that runs the host. The state of EL1 and EL2 is in the store that it was given; that of
 * memory and devices is QEMU's, and cannot be undone.
 *
 * <p>The clock jumps by 100 ms with each DMA of {@link Edu}.
 */
public final class QemuMachine implements AutoCloseable {
  private static final long RAM_UNIT = 1 << 20;

  /** The most functions of a PCI device. */
  private static final int MAX_FUNCTIONS = 8;

  /** The least RAM: the device tree takes the first MiB when QEMU starts. */
  private static final long MIN_RAM_BYTES = 16 * RAM_UNIT;

  /**
   * First word of a flattened device tree, and where its size is (Devicetree Specification 5.2).
   */
  private static final int TREE_MAGIC = 0xd00d_feed;

  private static final int TREE_SIZE = 4;
  private static final int MAX_TREE_BYTES = 2 << 20;

  private final QemuProcess process;
  private final QtestClient qtest;
  private final GuestRam ram;
  private final byte[] deviceTree;
  private final InterruptLatch interrupts;
  private final Cpus cpus;
  private final List<IommuTestdev> iommuTestdevs;
  private final List<Edu> edus;

  private QemuMachine(QemuProcess process, Store store, TraceSink trace) {
    this.process = process;
    qtest = process.qtest();
    ram = new GuestRam(process.ram());
    deviceTree = takeDeviceTree(ram);
    QemuClock clock = new QemuClock(store, qtest);
    interrupts = new InterruptLatch(store, "smmu0");
    cpus =
        new Cpus(
            store,
            1,
            ram,
            initiator -> new QemuBus(ram, qtest, clock, trace, initiator),
            interrupts,
            clock,
            trace);
    PciBus pci = new PciBus(qtest);
    FaultTrace faults = new FaultTrace(qtest, ram, clock, trace);
    iommuTestdevs =
        enabled(pci, "iommu-testdev", IommuTestdev.VENDOR_ID, IommuTestdev.DEVICE_ID).stream()
            .map(function -> new IommuTestdev(qtest, faults, function))
            .toList();
    edus =
        enabled(pci, "edu", Edu.VENDOR_ID, Edu.DEVICE_ID).stream()
            .map(function -> new Edu(qtest, ram, clock, faults, function))
            .toList();
  }

  /** Copies the device tree out of the start of RAM, and leaves zeros there. */
  private static byte[] takeDeviceTree(GuestRam ram) {
    int magic = Integer.reverseBytes(ram.read32(VirtMap.RAM_BASE));
    int bytes = Integer.reverseBytes(ram.read32(VirtMap.RAM_BASE + TREE_SIZE));
    if (magic != TREE_MAGIC || bytes <= 0 || bytes > MAX_TREE_BYTES || bytes % Long.BYTES != 0) {
      throw new QemuException("QEMU left no device tree at the start of RAM");
    }
    byte[] tree = new byte[bytes];
    ram.read(VirtMap.RAM_BASE, tree);
    ram.zero(VirtMap.RAM_BASE, bytes);
    return tree;
  }

  private static List<PciFunction> enabled(PciBus pci, String name, int vendorId, int deviceId) {
    List<PciFunction> found = pci.enable(vendorId, deviceId);
    if (found.isEmpty()) {
      throw new QemuException("this QEMU has no " + name);
    }
    return found;
  }

  /** Starts QEMU with one DMA master of each kind. */
  public static QemuMachine start(Qemu qemu, long ramBytes, Store store, TraceSink trace) {
    return start(qemu, ramBytes, 1, store, trace);
  }

  /**
   * Starts QEMU and sets its devices up.
   *
   * @param functions how many DMA masters of each kind, 1 to {@value #MAX_FUNCTIONS}: functions of
   *     one PCI device
   * @param ramBytes a multiple of 1 MiB, at least 16 MiB
   * @param store takes the state of EL1 and EL2; each machine needs one of its own
   * @param trace takes each access to a device register by EL1 or EL2, and each DMA by a device
   *     here that the SMMU stopped and recorded
   * @throws QemuException if that does not work
   */
  public static QemuMachine start(
      Qemu qemu, long ramBytes, int functions, Store store, TraceSink trace) {
    if (functions < 1 || functions > MAX_FUNCTIONS) {
      throw new IllegalArgumentException("no PCI device has " + functions + " functions");
    }
    if (ramBytes < MIN_RAM_BYTES || ramBytes % RAM_UNIT != 0) {
      throw new IllegalArgumentException(
          "RAM is a multiple of 1 MiB and at least 16, not " + ramBytes);
    }
    QemuProcess process = QemuProcess.start(qemu, ramBytes, functions);
    boolean complete = false;
    try {
      QemuMachine machine = new QemuMachine(process, store, trace);
      complete = true;
      return machine;
    } finally {
      if (!complete) {
        process.close();
      }
    }
  }

  /** What EL2 raises in the SMMU's place, for the CPUs here; QEMU's own wires are not followed. */
  public InterruptLatch interrupts() {
    return interrupts;
  }

  /** The machine as EL2 touches it. */
  public Platform platform() {
    return cpus.platform();
  }

  /** The CPU that runs the host. */
  public HostCpu cpu() {
    return cpus.cpu(0);
  }

  /** Sends the host's exceptions to EL2 from now on. */
  public void installEl2(El2Vectors vectors) {
    cpus.installEl2(vectors);
  }

  /** QEMU's own description of the machine: a flattened device tree. */
  public byte[] deviceTree() {
    return deviceTree.clone();
  }

  /** RAM, whoever owns it; all zero at the start. */
  public GuestRam ram() {
    return ram;
  }

  /** The connection to QEMU, for what {@link #platform} does not do. */
  public QtestClient qtest() {
    return qtest;
  }

  /** The first DMA master that writes a pattern. */
  public IommuTestdev iommuTestdev() {
    return iommuTestdevs.getFirst();
  }

  /** All that write a pattern, by their StreamIDs. */
  public List<IommuTestdev> iommuTestdevs() {
    return iommuTestdevs;
  }

  /** The first DMA master that reads and writes. */
  public Edu edu() {
    return edus.getFirst();
  }

  /** All that read and write, by their StreamIDs. */
  public List<Edu> edus() {
    return edus;
  }

  /**
   * Has {@link QtestBatch#rises} tell of the SMMU's interrupts from now on: their numbers are
   * places in {@link VirtMap#SMMU_LINES}.
   */
  public void watchSmmuLines() {
    qtest.intercept(process.smmuPath(), "sysbus-irq");
  }

  /** For tests: QEMU's process. */
  ProcessHandle process() {
    return process.handle();
  }

  /** Ends QEMU; its memory is gone. */
  @Override
  public void close() {
    process.close();
  }
}
