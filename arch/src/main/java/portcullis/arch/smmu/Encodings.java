package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import java.util.function.IntFunction;
import java.util.stream.IntStream;
import portcullis.arch.Value;

/** Encodings that several fields of the SMMU's structures share. */
final class Encodings {
  private Encodings() {}

  /** A flag whose two values have names. */
  static Value[] flag(String clear, String set) {
    return new Value[] {value(0, clear), value(1, set)};
  }

  /** One encoding for each code from {@code first} to {@code last}, both included. */
  static Value[] counted(int first, int last, IntFunction<String> name) {
    return IntStream.rangeClosed(first, last)
        .mapToObj(code -> value(code, name.apply(code)))
        .toArray(Value[]::new);
  }
}
