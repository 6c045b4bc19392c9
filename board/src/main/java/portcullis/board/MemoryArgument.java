package portcullis.board;

import java.util.List;
import portcullis.board.fdt.BoardException;

/**
 * How much memory a board has, where its device tree does not say or is not to be believed: what
 * {@code --memory SIZE|BASE+SIZE,...} says. It takes the place of all memory nodes of the tree.
 *
 * <p>A number is decimal, or hexadecimal after {@code 0x}; a decimal one may end in {@code K},
 * {@code M}, {@code G} or {@code T} for 2<sup>10</sup>, 2<sup>20</sup>, 2<sup>30</sup> or
 * 2<sup>40</sup>. All are multiples of 64 KiB.
 */
public sealed interface MemoryArgument {
  /**
   * Where memory starts if only its size is given and the tree has none: a usual place on arm64.
   */
  long DEFAULT_BASE = 0x8000_0000L;

  /**
   * One range of that size, from where the tree's first memory range begins, or from {@link
   * #DEFAULT_BASE} if it has none.
   *
   * @param bytes a multiple of 64 KiB, above 0
   */
  record Size(long bytes) implements MemoryArgument {}

  /**
   * These ranges.
   *
   * @param ranges at least one, disjoint, as given
   */
  record Ranges(List<AddressRange> ranges) implements MemoryArgument {
    /** Copies the list. */
    public Ranges {
      ranges = List.copyOf(ranges);
    }
  }

  /**
   * The memory that a board then has.
   *
   * @param tree the tree's memory ranges, in its order
   * @throws BoardException if the range of a {@link Size} ends beyond 2<sup>52</sup>
   */
  default List<AddressRange> over(List<AddressRange> tree) throws BoardException {
    return switch (this) {
      case Size(long bytes) ->
          List.of(
              MemoryGrammar.range(tree.isEmpty() ? DEFAULT_BASE : tree.getFirst().base(), bytes));
      case Ranges(List<AddressRange> ranges) -> ranges;
    };
  }

  /**
   * Parses the argument of {@code --memory}.
   *
   * @throws BoardException if it is not of that form, a number is no multiple of 64 KiB, a size is
   *     0, or ranges overlap or end beyond 2<sup>52</sup>
   */
  static MemoryArgument parse(String text) throws BoardException {
    return MemoryGrammar.parse(text);
  }
}
