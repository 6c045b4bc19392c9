package portcullis.platform.boot;

import java.util.List;

/**
 * The machine as the host's boot code describes it to EL2, while it is still trusted.
 *
 * @param memory RAM, sorted, without overlaps, each a multiple of the page size
 * @param hypervisorMemory RAM set aside for EL2 (tables, queues, the pool): within {@code memory},
 *     owned by EL2 from the start
 * @param smmus every enabled SMMUv3
 * @param pageShift log2 of the hypervisor's page: 12, 14 or 16
 * @param addressBits the CPU's physical address size (ID_AA64MMFR0_EL1.PARange), 32 to 52
 * @param topAddress the highest address, exclusive, that memory or a register of this board uses
 */
public record BootParameters(
    List<MemoryRange> memory,
    MemoryRange hypervisorMemory,
    List<SmmuRegistration> smmus,
    int pageShift,
    int addressBits,
    long topAddress) {

  public BootParameters {
    memory = List.copyOf(memory);
    smmus = List.copyOf(smmus);
  }

  /** Bytes in a page. */
  public long pageSize() {
    return 1L << pageShift;
  }
}
