package portcullis.arch.smmu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import portcullis.arch.Field;
import portcullis.arch.Layout;

/**
 * Field positions written down a second time, independently of the declarations: {@code NAME
 * msb:lsb} or {@code NAME bit}, with bits counted from the start of the structure as IHI 0070
 * counts them.
 */
final class FieldTable {
  private FieldTable() {}

  /** Asserts that {@code layout} has exactly the fields of {@code expected}, in order of bits. */
  static void assertFields(String expected, Layout layout) {
    List<String> declared = new ArrayList<>();
    for (Field field : layout.fields()) {
      int lsb = 64 * field.word() + field.lsb();
      int msb = 64 * field.word() + field.msb();
      String name = field.name().replace(' ', '_').toUpperCase(Locale.ROOT);
      declared.add(name + (msb == lsb ? "=" + lsb : "=" + msb + ":" + lsb));
    }
    String[] words = expected.strip().toUpperCase(Locale.ROOT).split("\\s+");
    List<String> known = words[0].isEmpty() ? List.of() : List.of(words);
    assertEquals(known, declared, layout.name());
  }
}
