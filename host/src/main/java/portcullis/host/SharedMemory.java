package portcullis.host;

import portcullis.pgtable.TableObserver;
import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;

/**
 * Memory that the host and one SMMU both use. For an SMMU that does not snoop (its node lacks
 * {@code dma-coherent}) Linux maps queues, stream tables and CDs as Normal Non-cacheable, with
 * nothing of them left in the caches, and cleans each stage-1 descriptor that it writes.
 */
final class SharedMemory {
  private final HostCpu cpu;
  private final HostMemory memory;
  private final boolean coherent;

  /**
   * What the host's allocator gives, for one SMMU.
   *
   * @param coherent whether the SMMU snoops the CPUs' caches
   */
  SharedMemory(HostCpu cpu, HostMemory memory, boolean coherent) {
    this.cpu = cpu;
    this.memory = memory;
    this.coherent = coherent;
  }

  /** How the CPU reads and writes it. */
  PhysicalMemory access() {
    return coherent ? cpu.memory() : cpu.uncachedMemory();
  }

  /** As {@link HostMemory#allocateBytes}. */
  long allocateBytes(long bytes) {
    long address = memory.allocateBytes(bytes);
    if (address != HostMemory.NO_PAGE && !coherent) {
      cpu.cleanAndInvalidate(address, bytes);
      cpu.barrier();
    }
    return address;
  }

  /** As {@link HostMemory#freeBytes}. */
  void freeBytes(long address, long bytes) {
    memory.freeBytes(address, bytes);
  }

  /** As {@link HostMemory#pageSize}. */
  long pageSize() {
    return memory.pageSize();
  }

  /** What page tables, which the CPU writes through its caches, need besides. */
  TableObserver tables() {
    return coherent
        ? TableObserver.NONE
        : (pa, bytes) -> {
          cpu.clean(pa, bytes);
          cpu.barrier();
        };
  }
}
