package portcullis.check.hostile;

import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;

/**
 * Memory of the host's whose every write is cleaned, so that also those see it that do not snoop.
 */
final class CleanedMemory implements PhysicalMemory {
  private final HostCpu cpu;

  CleanedMemory(HostCpu cpu) {
    this.cpu = cpu;
  }

  @Override
  public long read64(long address) {
    return cpu.memory().read64(address);
  }

  @Override
  public void write64(long address, long value) {
    cpu.memory().write64(address, value);
    cpu.clean(address, Long.BYTES);
  }

  @Override
  public int read32(long address) {
    return cpu.memory().read32(address);
  }

  @Override
  public void write32(long address, int value) {
    cpu.memory().write32(address, value);
    cpu.clean(address, Integer.BYTES);
  }
}
