package portcullis.cli;

import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;
import portcullis.check.cost.Rules;

/** {@code --rules}: by which rules to count. */
final class RulesArgument implements ITypeConverter<Rules> {
  @Override
  public Rules convert(String value) {
    return Arrays.stream(Rules.values())
        .filter(rules -> rules.label().equals(value))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    Arrays.stream(Rules.values())
                        .map(Rules::label)
                        .collect(
                            Collectors.joining(" or ", "expected ", ", not '" + value + "'"))));
  }

  /** For the help text. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(Rules.values()).map(Rules::label).iterator();
    }
  }
}
