package portcullis.board;

import java.util.Optional;

/**
 * What a reader is to believe over the device tree. {@link Board#overrides} tells which of it made
 * a difference.
 *
 * @param memory the board's memory, in place of the tree's memory nodes
 * @param assumeCoherent take every SMMU as coherent ({@code dma-coherent})
 * @param assumeEnabled take every SMMU as enabled ({@code status})
 * @param smmuOptional accept a tree without any SMMUv3
 */
public record BoardOptions(
    Optional<MemoryArgument> memory,
    boolean assumeCoherent,
    boolean assumeEnabled,
    boolean smmuOptional) {

  /** Believe the tree. */
  public static final BoardOptions DEFAULTS =
      new BoardOptions(Optional.empty(), false, false, false);

  /** These options with that memory. */
  public BoardOptions withMemory(MemoryArgument argument) {
    return new BoardOptions(Optional.of(argument), assumeCoherent, assumeEnabled, smmuOptional);
  }

  /** These options with every SMMU taken as coherent. */
  public BoardOptions withAssumeCoherent() {
    return new BoardOptions(memory, true, assumeEnabled, smmuOptional);
  }

  /** These options with every SMMU taken as enabled. */
  public BoardOptions withAssumeEnabled() {
    return new BoardOptions(memory, assumeCoherent, true, smmuOptional);
  }

  /** These options without the demand for an SMMUv3. */
  public BoardOptions withSmmuOptional() {
    return new BoardOptions(memory, assumeCoherent, assumeEnabled, true);
  }
}
