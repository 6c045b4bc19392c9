package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import java.util.function.IntFunction;
import java.util.stream.IntStream;
import portcullis.arch.Value;

/** Encodings that several fields of the SMMU's structures share. */
final class Encodings {
  private Encodings() {}

  /** Shareability of a table access, as in TCR_ELx.SH0; 0b01 is reserved and behaves as 0b00. */
  static Value[] shareability() {
    return new Value[] {
      value(0b00, "Non-shareable"), value(0b10, "Outer Shareable"), value(0b11, "Inner Shareable")
    };
  }

  /** Cacheability of a translation table access, as in TCR_ELx.IRGN0. */
  static Value[] walkCacheability() {
    return new Value[] {
      value(0b00, "Non-cacheable"),
      value(0b01, "Write-Back, Read-Allocate, Write-Allocate"),
      value(0b10, "Write-Through, Read-Allocate"),
      value(0b11, "Write-Back, Read-Allocate, no Write-Allocate")
    };
  }

  /** Granule as in TCR_ELx.TG0; 0b11 is reserved. */
  static Value[] granule0() {
    return new Value[] {value(0b00, "4KB"), value(0b01, "64KB"), value(0b10, "16KB")};
  }

  /** Granule as in TCR_ELx.TG1; 0b00 is reserved. */
  static Value[] granule1() {
    return new Value[] {value(0b01, "16KB"), value(0b10, "4KB"), value(0b11, "64KB")};
  }

  /** Address size as in TCR_ELx.IPS up to SMMUv3.3; 0b111 is reserved and behaves as 0b110. */
  static Value[] addressSize() {
    int[] bits = {32, 36, 40, 42, 44, 48, 52};
    return counted(0, bits.length - 1, code -> bits[code] + " bits");
  }

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
