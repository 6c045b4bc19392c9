package portcullis.board;

import java.util.List;

/**
 * RAM told from registers, in whole pages of {@link Board#PAGE_BYTES}.
 *
 * @param memory see {@link Board#memory}
 * @param carveOuts see {@link Board#carveOuts}
 * @param registers see {@link Board#registers}
 */
record MemoryMap(
    List<AddressRange> memory, List<AddressRange> carveOuts, List<AddressRange> registers) {

  /** What is left of {@code claimed} RAM once every page with a register is taken out. */
  static MemoryMap of(List<AddressRange> claimed, List<AddressRange> registers) {
    AddressSet pages = AddressSet.of(claimed).inward(Board.PAGE_BYTES);
    AddressSet used = AddressSet.of(registers);
    AddressSet memory = pages.minus(used.outward(Board.PAGE_BYTES));
    return new MemoryMap(memory.ranges(), pages.minus(memory).ranges(), used.ranges());
  }

  /** What {@link Board#overrides} tells of memory that an option put in place of another. */
  static String override(List<AddressRange> said, String by, List<AddressRange> assumed) {
    return "memory: " + text(said) + " in the " + by + ", assumed " + text(assumed);
  }

  private static String text(List<AddressRange> ranges) {
    return ranges.isEmpty()
        ? "none"
        : String.join(",", ranges.stream().map(AddressRange::toString).toList());
  }
}
