package portcullis.cli;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Where {@code run} runs. */
enum RunPlatform {
  /** The model in this process. */
  MODEL,
  /** QEMU's SMMU, memory and devices. */
  QEMU;

  private String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** For the help text. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(values()).map(RunPlatform::word).iterator();
    }
  }

  /** From the command line. */
  static final class Converter implements ITypeConverter<RunPlatform> {
    @Override
    public RunPlatform convert(String value) {
      return Arrays.stream(values())
          .filter(platform -> platform.word().equals(value))
          .findFirst()
          .orElseThrow(
              () -> new TypeConversionException("expected model or qemu, not '" + value + "'"));
    }
  }
}
