package portcullis.cli;

import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A length of time: a whole number from 1 and a unit. */
final class DurationConverter implements ITypeConverter<Duration> {
  private static final int MAX_DIGITS = 6;

  @Override
  public Duration convert(String text) {
    if (text.matches("[1-9][0-9]{0," + (MAX_DIGITS - 1) + "}[smh]")) {
      long count = Long.parseLong(text.substring(0, text.length() - 1));
      return switch (text.charAt(text.length() - 1)) {
        case 's' -> Duration.ofSeconds(count);
        case 'm' -> Duration.ofMinutes(count);
        default -> Duration.ofHours(count);
      };
    }
    throw new TypeConversionException("expected a time such as 90s, 10m or 2h, not '" + text + "'");
  }
}
