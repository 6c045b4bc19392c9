package portcullis.qemu;

import portcullis.platform.El2Vectors;
import portcullis.platform.HostCpu;
import portcullis.platform.Platform;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/**
 * A running QEMU as a whole machine: one SMMUv3, RAM, two DMA masters behind the SMMU, and one CPU
 * that runs the host. The state of EL1 and EL2 is in the store that it was given; that of memory
 * and devices is QEMU's, and cannot be undone.
 *
 * <p>The clock jumps by 100 ms with each DMA of {@link Edu}.
 */
public final class QemuMachine implements AutoCloseable {
  private static final long RAM_UNIT = 1 << 20;

  private final QemuProcess process;
  private final QtestClient qtest;
  private final GuestRam ram;
  private final QemuHostCpu cpu;
  private final QemuPlatform platform;
  private final IommuTestdev iommuTestdev;
  private final Edu edu;

  private QemuMachine(QemuProcess process, QtestClient qtest, Store store, TraceSink trace) {
    this.process = process;
    this.qtest = qtest;
    ram = new GuestRam(process.ram());
    QemuClock clock = new QemuClock(store, qtest);
    HostStage2 stage2 = new HostStage2(store, ram);
    cpu = new QemuHostCpu(store, new QemuBus(ram, qtest, clock, trace, "host"), stage2, clock);
    platform =
        new QemuPlatform(ram, new QemuBus(ram, qtest, clock, trace, "hyp"), clock, stage2, trace);
    PciBus pci = new PciBus(qtest);
    iommuTestdev =
        new IommuTestdev(
            qtest, enabled(pci, "iommu-testdev", IommuTestdev.VENDOR_ID, IommuTestdev.DEVICE_ID));
    edu = new Edu(qtest, clock, enabled(pci, "edu", Edu.VENDOR_ID, Edu.DEVICE_ID));
  }

  private static PciFunction enabled(PciBus pci, String name, int vendorId, int deviceId) {
    return pci.enable(vendorId, deviceId)
        .orElseThrow(() -> new QemuException("this QEMU has no " + name));
  }

  /**
   * Starts QEMU and sets its devices up.
   *
   * @param ramBytes a positive multiple of 1 MiB
   * @param store takes the state of EL1 and EL2; each machine needs one of its own
   * @param trace takes each access to a device register by EL1 or EL2
   * @throws QemuException if that does not work
   */
  public static QemuMachine start(Qemu qemu, long ramBytes, Store store, TraceSink trace) {
    if (ramBytes <= 0 || ramBytes % RAM_UNIT != 0) {
      throw new IllegalArgumentException("RAM is a multiple of 1 MiB, not " + ramBytes);
    }
    QemuProcess process = QemuProcess.start(qemu, ramBytes);
    boolean complete = false;
    QtestClient qtest = null;
    try {
      qtest = new QtestClient(process.qtest(), process::loss);
      QemuMachine machine = new QemuMachine(process, qtest, store, trace);
      complete = true;
      return machine;
    } finally {
      if (!complete) {
        stop(qtest, process);
      }
    }
  }

  /** The machine as EL2 touches it. */
  public Platform platform() {
    return platform;
  }

  /** The CPU that runs the host. */
  public HostCpu cpu() {
    return cpu;
  }

  /** Sends the host's exceptions to EL2 from now on. */
  public void installEl2(El2Vectors vectors) {
    cpu.installEl2(vectors);
  }

  /** RAM, whoever owns it. */
  public GuestRam ram() {
    return ram;
  }

  /** The connection to QEMU, for what {@link #platform} does not do. */
  public QtestClient qtest() {
    return qtest;
  }

  /** The DMA master that writes a pattern. */
  public IommuTestdev iommuTestdev() {
    return iommuTestdev;
  }

  /** The DMA master that reads and writes. */
  public Edu edu() {
    return edu;
  }

  /** For tests: QEMU's process. */
  ProcessHandle process() {
    return process.handle();
  }

  /** Ends QEMU; its memory is gone. */
  @Override
  public void close() {
    stop(qtest, process);
  }

  private static void stop(QtestClient qtest, QemuProcess process) {
    try (process) {
      if (qtest != null) {
        qtest.close();
      }
    }
  }
}
