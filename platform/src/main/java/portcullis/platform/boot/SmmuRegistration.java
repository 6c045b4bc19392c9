package portcullis.platform.boot;

/**
 * One SMMUv3 that the device tree names and that EL2 is asked to take over.
 *
 * @param name for reports, such as {@code smmu@2b400000}
 * @param registers all its register pages, from page 0 on; at least {@link #BYTES}
 * @param coherent whether the tree says {@code dma-coherent}
 */
public record SmmuRegistration(String name, MemoryRange registers, boolean coherent) {
  /** Bytes of register pages 0 and 1 (IHI 0070 6.1). */
  public static final long BYTES = 0x2_0000;
}
