package portcullis.board;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import portcullis.board.fdt.BoardException;

/** The grammar of {@code --memory}; see {@link MemoryArgument}. */
final class MemoryGrammar {
  private static final String WHERE = "--memory";
  private static final Pattern NUMBER = Pattern.compile("0[xX]([0-9a-fA-F]+)|([0-9]+)([KMGT]?)");
  private static final List<String> UNITS = List.of("", "K", "M", "G", "T");
  private static final int MAX_RANGES = 4096;

  private MemoryGrammar() {}

  static MemoryArgument parse(String text) throws BoardException {
    if (text.indexOf('+') < 0 && text.indexOf(',') < 0) {
      return new MemoryArgument.Size(size(text));
    }
    List<AddressRange> ranges = new ArrayList<>();
    String[] parts = text.split(",", MAX_RANGES + 1);
    if (parts.length > MAX_RANGES) {
      throw new BoardException(WHERE, "too many ranges", "at most " + MAX_RANGES);
    }
    for (String part : parts) {
      int plus = part.indexOf('+');
      if (plus < 0) {
        throw new BoardException(WHERE, "'" + part + "' has no base", "BASE+SIZE");
      }
      ranges.add(range(number(part.substring(0, plus)), size(part.substring(plus + 1))));
    }
    List<AddressRange> sorted = ranges.stream().sorted().toList();
    for (int i = 1; i < sorted.size(); i++) {
      if (sorted.get(i).overlaps(sorted.get(i - 1))) {
        throw new BoardException(
            WHERE, sorted.get(i) + " overlaps " + sorted.get(i - 1), "ranges that do not overlap");
      }
    }
    return new MemoryArgument.Ranges(ranges);
  }

  static AddressRange range(long base, long size) throws BoardException {
    if (!AddressRange.valid(base, size)) {
      throw new BoardException(
          WHERE, AddressRange.text(base, size) + " is out of range", "an end at or below 2^52");
    }
    return new AddressRange(base, size);
  }

  private static long size(String text) throws BoardException {
    long size = number(text);
    if (size == 0) {
      throw new BoardException(WHERE, "'" + text + "' is no memory", "a size above 0");
    }
    return size;
  }

  private static long number(String text) throws BoardException {
    Matcher matcher = NUMBER.matcher(text);
    if (!matcher.matches()) {
      throw new BoardException(
          WHERE, "'" + text + "' is no number", "digits with K, M, G or T, or 0x and hex digits");
    }
    OptionalLong number =
        matcher.group(1) != null
            ? digits(matcher.group(1), 16, 0)
            : digits(matcher.group(2), 10, 10 * UNITS.indexOf(matcher.group(3)));
    if (number.isEmpty()) {
      throw new BoardException(WHERE, "'" + text + "' is too large", "at most 2^52");
    }
    if (number.getAsLong() % Board.PAGE_BYTES != 0) {
      throw new BoardException(WHERE, "'" + text + "' is a partial page", "a multiple of 64K");
    }
    return number.getAsLong();
  }

  /** {@code digits << shift}; empty if that is more than 2^52. */
  private static OptionalLong digits(String digits, int radix, int shift) {
    try {
      long number = Long.parseLong(digits, radix);
      return number <= AddressRange.LIMIT >>> shift
          ? OptionalLong.of(number << shift)
          : OptionalLong.empty();
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
