package portcullis.machine.smmuv3.profile;

import java.util.OptionalInt;
import java.util.OptionalLong;
import portcullis.arch.Field;
import portcullis.arch.Value;
import portcullis.arch.smmu.ImplementationDefined;
import portcullis.arch.smmu.Register;

/** Profiles as text, which {@link ProfileParser} reads back (docs/profiles.md). */
public final class ProfileText {
  private static final String BITS = " bits";
  private static final int COMMENT_COLUMN = 28;

  private ProfileText() {}

  /** The text of {@code profile}: every field that is not zero, with its meaning. */
  public static String write(Profile profile) {
    StringBuilder text = new StringBuilder();
    text.append("name = ").append(profile.name()).append('\n');
    for (Register register : IdRegisters.ALL) {
      long value = Integer.toUnsignedLong(profile.ids().value(register));
      for (Field field : register.layout().fields()) {
        if (field.isSet(value)) {
          line(text, key(register, field), shown(field, field.get(value)), meaning(field, value));
        }
      }
    }
    CacheSizes caches = profile.caches();
    line(text, "caches", caches.kind().word(), "how the caches behave");
    line(text, "tlb", Integer.toString(caches.tlb()), "entries of the TLB of each stage");
    line(text, "walk", Integer.toString(caches.walk()), "entries of the walk cache");
    line(text, "ste", Integer.toString(caches.ste()), "cached STEs");
    line(text, "cd", Integer.toString(caches.cd()), "cached CDs");
    return text.toString();
  }

  private static void line(StringBuilder text, String key, String value, String meaning) {
    String assignment = key + " = " + value;
    text.append(assignment)
        .append(" ".repeat(Math.max(1, COMMENT_COLUMN - assignment.length())))
        .append("# ")
        .append(meaning)
        .append('\n');
  }

  /** How a file names a field: IDR4 has none, and goes by its own name. */
  static String key(Register register, Field field) {
    return field.equals(ImplementationDefined.VALUE)
        ? register.name()
        : register.name() + "." + field.name();
  }

  /** How a file gives a value: a size in bits where that is what the encoding stands for. */
  static String shown(Field field, long code) {
    OptionalInt bits = bits(field, code);
    if (bits.isPresent()) {
      return Integer.toString(bits.getAsInt());
    }
    return switch (field.kind()) {
      case ENUMERATION -> field.width() < 4 ? "0b" + binary(field, code) : Long.toString(code);
      case ADDRESS -> "0x" + Long.toHexString(code);
      case QUANTITY -> code < 0x100 ? Long.toString(code) : "0x" + Long.toHexString(code);
    };
  }

  private static String binary(Field field, long code) {
    String digits = Long.toBinaryString(code);
    return "0".repeat(Math.max(0, field.width() - digits.length())) + digits;
  }

  /** The size that an encoding stands for, such as 48 for OAS 0b101. */
  private static OptionalInt bits(Field field, long code) {
    String name = field.nameOf(code).orElse("");
    return name.endsWith(BITS)
        ? OptionalInt.of(Integer.parseInt(name.substring(0, name.length() - BITS.length())))
        : OptionalInt.empty();
  }

  /** The encoding that a file's {@code number} means; empty where the field has no such value. */
  static OptionalLong code(Field field, long number) {
    for (Value value : field.values()) {
      if (value.name().equals(number + BITS)) {
        return OptionalLong.of(value.code());
      }
    }
    boolean fits = number >= 0 && number <= field.max() && !field.reserved(number);
    return fits ? OptionalLong.of(number) : OptionalLong.empty();
  }

  private static String meaning(Field field, long value) {
    String encoding = field.nameOf(field.get(value)).orElse("");
    return encoding.isEmpty() ? field.meaning() : field.meaning() + ": " + encoding;
  }
}
