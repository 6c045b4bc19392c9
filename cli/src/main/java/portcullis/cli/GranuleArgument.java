package portcullis.cli;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;
import portcullis.arch.vmsa.Granule;

/** {@code --granule}: the hypervisor's page. */
final class GranuleArgument implements ITypeConverter<Granule> {
  private static final String PREFIX = "SIZE_";

  /** As the command line spells it. */
  static String word(Granule granule) {
    return granule.name().substring(PREFIX.length()).toLowerCase(Locale.ROOT);
  }

  /** As reports do. */
  static String size(Granule granule) {
    return (granule.bytes() >>> 10) + " KiB";
  }

  @Override
  public Granule convert(String value) {
    return Arrays.stream(Granule.values())
        .filter(granule -> word(granule).equals(value))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    words().collect(Collectors.joining(", ", "expected one of ", ""))
                        + ", not '"
                        + value
                        + "'"));
  }

  private static Stream<String> words() {
    return Arrays.stream(Granule.values()).map(GranuleArgument::word);
  }

  /** For the help text. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return words().iterator();
    }
  }
}
