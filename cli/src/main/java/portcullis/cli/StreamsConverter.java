package portcullis.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;
import portcullis.board.StreamRange;

/** How many streams: a whole number from 1, or all. */
final class StreamsConverter implements ITypeConverter<Long> {
  @Override
  public Long convert(String text) {
    try {
      long count = "all".equals(text) ? StreamRange.LIMIT : Long.parseLong(text);
      if (count >= 1) {
        return Math.min(count, StreamRange.LIMIT);
      }
    } catch (NumberFormatException e) {
      // Told below, as what is less than 1 is.
    }
    throw new TypeConversionException("expected a whole number from 1, or all, not '" + text + "'");
  }
}
