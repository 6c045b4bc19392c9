package portcullis.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The place of something in a sequence: a whole number from 0 to 2^62. */
final class IndexConverter implements ITypeConverter<Long> {
  private static final long LAST = 1L << 62;

  @Override
  public Long convert(String text) {
    try {
      long index = Long.parseLong(text);
      if (index >= 0 && index <= LAST) {
        return index;
      }
    } catch (NumberFormatException e) {
      // Told below, as what is out of range is.
    }
    throw new TypeConversionException("expected a whole number from 0 to 2^62, not '" + text + "'");
  }
}
