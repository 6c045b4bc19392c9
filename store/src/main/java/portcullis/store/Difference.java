package portcullis.store;

/**
 * One word that differs between two states.
 *
 * @param name of the declaration
 * @param kind of the declaration
 * @param index of the word in the declaration; 0 for a cell or flag
 * @param before its value in the earlier state
 * @param after its value in the later state
 */
public record Difference(String name, Kind kind, long index, long before, long after) {

  /** The byte address of the word, for a word of physical memory. */
  public long address() {
    return index * Long.BYTES;
  }

  /**
   * One line: {@code smmu0.cr0: 0x8 -> 0x9}, {@code hyp.deprivileged: false -> true}, {@code
   * smmu0.tlb[17]: 0x0 -> 0x1}, and with the byte address {@code ram[0x80001000]: 0x0 -> 0x1}.
   */
  @Override
  public String toString() {
    return switch (kind) {
      case CELL -> name + ": " + hex(before) + " -> " + hex(after);
      case FLAG -> name + ": " + (before != 0) + " -> " + (after != 0);
      case WORDS -> name + "[" + index + "]: " + hex(before) + " -> " + hex(after);
      case PAGED -> name + "[" + hex(address()) + "]: " + hex(before) + " -> " + hex(after);
    };
  }

  private static String hex(long word) {
    return "0x" + Long.toHexString(word);
  }
}
