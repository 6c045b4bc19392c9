package portcullis.board;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An {@code arm,smmu-v3} node (Linux binding {@code iommu/arm,smmu-v3.yaml}).
 *
 * @param index its place in {@link Board#smmus}, from 0
 * @param path the node's path
 * @param name the node's name, such as {@code iommu@d0040000}, or its path where another SMMU or
 *     master has that name too
 * @param registers its register pages: a multiple of 64 KiB in base, and at least two of them
 * @param enabled whether {@code status} here and above says so, or an override
 * @param coherent whether its own node has {@code dma-coherent}, or an override says so. What a bus
 *     above says does not count: the binding's property is about the accesses of this SMMU itself,
 *     and a hypervisor that trusts a table walk to see its caches wants that in so many words
 * @param coherentBus the path of a node above that has {@code dma-coherent}, which Linux would
 *     inherit, where this SMMU's own node says nothing
 * @param phandle what masters name it by
 * @param interrupts its named wired interrupts; empty where it signals by MSI or names none
 * @param quirks its vendor-specific properties, such as {@code hisilicon,broken-prefetch-cmd}
 */
public record Smmu(
    int index,
    String path,
    String name,
    AddressRange registers,
    boolean enabled,
    boolean coherent,
    Optional<String> coherentBus,
    OptionalInt phandle,
    List<Interrupt> interrupts,
    List<String> quirks) {

  /**
   * The property that says: without power, and from reset on, traffic is aborted (GBPA.ABORT resets
   * to 1). No binding has it; what the integrator knows has to be said somewhere.
   */
  public static final String ABORTS_WITHOUT_POWER = "portcullis,aborts-without-power";

  /** Whether its node has {@link #ABORTS_WITHOUT_POWER}. */
  public boolean abortsWithoutPower() {
    return quirks.contains(ABORTS_WITHOUT_POWER);
  }

  /** Copies the lists. */
  public Smmu {
    interrupts = List.copyOf(interrupts);
    quirks = List.copyOf(quirks);
  }
}
