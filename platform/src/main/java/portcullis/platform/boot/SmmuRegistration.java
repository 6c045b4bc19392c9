package portcullis.platform.boot;

/**
 * One SMMUv3 that the device tree names and that EL2 is asked to take over.
 *
 * @param name for reports, such as {@code smmu@2b400000}
 * @param registers all its register pages, from page 0 on; at least {@link #BYTES}
 * @param coherent whether the tree says {@code dma-coherent}
 * @param abortsWithoutPower whether the board vouches that traffic is aborted as long as the SMMU
 *     has no power, and by its reset state (GBPA.ABORT resets to 1) from when it has power again
 */
public record SmmuRegistration(
    String name, MemoryRange registers, boolean coherent, boolean abortsWithoutPower) {

  /** One for which the board vouches for nothing. */
  public SmmuRegistration(String name, MemoryRange registers, boolean coherent) {
    this(name, registers, coherent, false);
  }

  /** Bytes of register pages 0 and 1 (IHI 0070 6.1). */
  public static final long BYTES = 0x2_0000;
}
