package portcullis.platform.boot;

/**
 * One SMMUv3 that the device tree names and that EL2 is asked to take over.
 *
 * @param name for reports, such as {@code smmu@2b400000}
 * @param registers its register pages 0 and 1
 * @param coherent whether the tree says {@code dma-coherent}
 */
public record SmmuRegistration(String name, MemoryRange registers, boolean coherent) {}
