package portcullis.arch.vmsa;

import static portcullis.arch.Value.value;

import java.util.Arrays;
import java.util.Comparator;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import portcullis.arch.Value;

/**
 * Encodings of the fields that control table walks, which TCR_ELx, VTCR_EL2, the CD and the STE
 * share (DDI 0487 D24.2.224; IHI 0070 5.2, 5.4).
 */
public final class WalkEncodings {
  private WalkEncodings() {}

  /** Shareability, as SH0; 0b01 is reserved. */
  public static Value[] shareability() {
    return new Value[] {
      value(0b00, "Non-shareable"), value(0b10, "Outer Shareable"), value(0b11, "Inner Shareable")
    };
  }

  /** Inner or outer cacheability, as IRGN0 and ORGN0. */
  public static Value[] cacheability() {
    return new Value[] {
      value(0b00, "Non-cacheable"),
      value(0b01, "Write-Back, Read-Allocate, Write-Allocate"),
      value(0b10, "Write-Through, Read-Allocate"),
      value(0b11, "Write-Back, Read-Allocate, no Write-Allocate")
    };
  }

  /** Granule, as TG0; 0b11 is reserved. */
  public static Value[] tg0() {
    return granules(Granule::tgStage2);
  }

  /** Granule, as TG1; 0b00 is reserved. */
  public static Value[] tg1() {
    return granules(Granule::tg1);
  }

  /** Address size, as PS; 0b111 is reserved up to SMMUv3.3 and for VMSAv8-64. */
  public static Value[] addressSize() {
    return IntStream.rangeClosed(0, AddressSize.LAST_CODE)
        .mapToObj(code -> value(code, AddressSize.bits(code) + " bits"))
        .toArray(Value[]::new);
  }

  private static Value[] granules(ToIntFunction<Granule> encoding) {
    return Arrays.stream(Granule.values())
        .map(granule -> value(encoding.applyAsInt(granule), granule.label()))
        .sorted(Comparator.comparingLong(Value::code))
        .toArray(Value[]::new);
  }
}
