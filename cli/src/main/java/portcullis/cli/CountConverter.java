package portcullis.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A count: a whole number from 1. */
final class CountConverter implements ITypeConverter<Long> {
  @Override
  public Long convert(String text) {
    try {
      long count = Long.parseLong(text);
      if (count >= 1) {
        return count;
      }
    } catch (NumberFormatException e) {
      // Told below, as what is less than 1 is.
    }
    throw new TypeConversionException("expected a whole number from 1, not '" + text + "'");
  }
}
