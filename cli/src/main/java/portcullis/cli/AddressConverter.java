package portcullis.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A physical address: a hexadecimal number after {@code 0x}, or a decimal one. */
final class AddressConverter implements ITypeConverter<Long> {
  private static final String HEX_PREFIX = "0x";

  @Override
  public Long convert(String text) {
    try {
      long address =
          text.startsWith(HEX_PREFIX)
              ? Long.parseUnsignedLong(text, HEX_PREFIX.length(), text.length(), 16)
              : Long.parseLong(text);
      if (address >= 0) {
        return address;
      }
    } catch (NumberFormatException e) {
      // Told below, as what is less than 0 is.
    }
    throw new TypeConversionException("expected an address such as 0x80000000, not '" + text + "'");
  }
}
