package portcullis.qemu;

import java.util.ArrayList;
import java.util.List;

/**
 * Bus 0 of the machine, set up through ECAM as firmware does (PCI 3.0 6.1, 6.2.5): finds functions
 * by vendor and device, places their BAR 0 in the 32-bit window and lets them answer and master the
 * bus.
 */
final class PciBus {
  /** Of a bus: 32 devices with 8 functions each. */
  private static final int FUNCTIONS = 256;

  private static final int FUNCTION_SHIFT = 12;
  private static final int ID = 0x00;
  private static final int COMMAND = 0x04;
  private static final int COMMAND_MEMORY = 1 << 1;
  private static final int COMMAND_MASTER = 1 << 2;
  private static final int BAR0 = 0x10;

  /** BAR bits 3:0 of a 32-bit memory BAR tell its kind; 0001 is I/O, 010x is 64-bit. */
  private static final int BAR_KIND = 0b111;

  private static final int BAR_FLAGS = 0b1111;

  private final QtestClient qtest;
  private long nextFree = VirtMap.PCI_MEMORY.base();

  PciBus(QtestClient qtest) {
    this.qtest = qtest;
  }

  /**
   * Finds and enables all functions of this kind, by their numbers.
   *
   * @throws QemuException if a BAR 0 is no 32-bit memory BAR, or the window is full
   */
  List<PciFunction> enable(int vendorId, int deviceId) {
    QtestBatch ids = qtest.batch();
    for (int devfn = 0; devfn < FUNCTIONS; devfn++) {
      ids.readl(configuration(devfn) + ID);
    }
    ids.send();
    List<PciFunction> found = new ArrayList<>();
    for (int devfn = 0; devfn < FUNCTIONS; devfn++) {
      if (ids.value(devfn) == (Integer.toUnsignedLong(deviceId) << 16 | vendorId)) {
        found.add(enable(devfn));
      }
    }
    return found;
  }

  private PciFunction enable(int devfn) {
    long configuration = configuration(devfn);
    QtestBatch probe = qtest.batch().writel(configuration + BAR0, -1);
    int answer = probe.readl(configuration + BAR0);
    int bar = (int) probe.send().value(answer);
    long size = -(long) (bar & ~BAR_FLAGS) & 0xffff_ffffL;
    if (size == 0 || (bar & BAR_KIND) != 0) {
      throw new QemuException("PCI function %d has no 32-bit memory BAR 0".formatted(devfn));
    }
    long base = (nextFree + size - 1) & -size;
    if (!VirtMap.PCI_MEMORY.contains(base, size)) {
      throw new QemuException("PCI function %d has too large a BAR 0".formatted(devfn));
    }
    nextFree = base + size;
    qtest
        .batch()
        .writel(configuration + BAR0, (int) base)
        .writel(configuration + COMMAND, COMMAND_MEMORY | COMMAND_MASTER)
        .send();
    return new PciFunction(0, devfn >>> 3, devfn & 7, base);
  }

  private static long configuration(int devfn) {
    return VirtMap.PCI_ECAM.base() + ((long) devfn << FUNCTION_SHIFT);
  }
}
