package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same board, options and seed give the same bytes. */
class SameBytesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {"run --seed 7", "run --seed 7 --json", "run --seed -9 --profile mmu-700-r1"})
  void outputIsRepeatable(String arguments) {
    assertEquals(Ran.line(arguments).assertCode(0).out(), Ran.line(arguments).out());
  }

  @Test
  void traceIsRepeatableAndDoesNotChangeTheReport() throws IOException {
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    Ran plain = Ran.line("run --seed 3");
    Ran traced = Ran.of("run", "--seed", "3", "--trace", first.toString());
    Ran.of("run", "--seed", "3", "--json", "--trace", second.toString());
    assertEquals(-1, Files.mismatch(first, second));
    assertFalse(Files.readString(first).isEmpty());
    assertEquals(plain, traced);
  }

  @Test
  void seedsMatter() {
    assertNotEquals(Ran.line("run --seed 1").out(), Ran.line("run --seed 2").out());
    assertEquals(Ran.line("run").out(), Ran.line("run --seed 1").out());
  }

  @Test
  void theUsersLanguageDoesNotMatter() {
    String plain = Ran.line("run").out();
    Locale before = Locale.getDefault();
    Locale egypt = Locale.of("ar", "EG");
    assertNotEquals("1", String.format(egypt, "%d", 1), "this locale's digits are others");
    try {
      Locale.setDefault(egypt);
      assertEquals(plain, Ran.line("run").out());
    } finally {
      Locale.setDefault(before);
    }
  }
}
