package portcullis.qemu;

import java.util.List;
import portcullis.machine.smmuv3.InterruptLine;
import portcullis.platform.boot.MemoryRange;

/**
 * Physical addresses of QEMU's {@code virt} machine (its {@code hw/arm/virt.c}, and the device tree
 * that it makes): RAM and those devices that are driven here. Whatever else the machine has is not
 * reached.
 */
public final class VirtMap {
  /** First byte of RAM. */
  public static final long RAM_BASE = 0x4000_0000L;

  /** The SMMUv3 in front of the PCI host bridge. */
  public static final MemoryRange SMMU = new MemoryRange(0x0905_0000L, 0x2_0000L);

  /** The interrupts of that SMMU, in the order of their numbers ({@code interrupt-names}). */
  public static final List<InterruptLine> SMMU_LINES =
      List.of(
          InterruptLine.EVENTQ, InterruptLine.PRIQ, InterruptLine.CMDQ_SYNC, InterruptLine.GERROR);

  /** The PCI host bridge's window for 32-bit memory BARs; bus and CPU addresses are the same. */
  public static final MemoryRange PCI_MEMORY = new MemoryRange(0x1000_0000L, 0x2eff_0000L);

  /** The PCI host bridge's configuration space, 256 buses. */
  public static final MemoryRange PCI_ECAM = new MemoryRange(0x40_1000_0000L, 0x1000_0000L);

  /** What traces call the SMMU. */
  static final String SMMU_NAME = "smmu0";

  /** A range of device registers and its name in traces. */
  record Device(String name, MemoryRange range) {}

  private static final List<Device> DEVICES =
      List.of(
          new Device(SMMU_NAME, SMMU), new Device("pci", PCI_MEMORY), new Device("ecam", PCI_ECAM));

  private VirtMap() {}

  /** The device at {@code pa}; null if there is none. */
  static Device deviceAt(long pa) {
    for (Device device : DEVICES) {
      if (device.range().contains(pa)) {
        return device;
      }
    }
    return null;
  }
}
