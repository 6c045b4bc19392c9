package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/hardware.md says what is refused, and with which message, as the code does. */
class HardwarePageTest {
  private static final String HEADER = "| it needs | else it is refused: |";

  @Test
  void everyRefusalIsThere() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("../docs/hardware.md"));
    List<String> rows = lines.subList(lines.indexOf(HEADER) + 2, lines.size());
    List<String> shown =
        rows.stream()
            .takeWhile(line -> line.startsWith("| "))
            .map(line -> line.substring(line.lastIndexOf(" | ") + 3, line.length() - 2))
            .toList();
    List<String> reasons =
        Arrays.stream(Refusal.values())
            .filter(refusal -> refusal != Refusal.NONE)
            .map(Refusal::reason)
            .toList();
    assertEquals(String.join("\n", reasons), String.join("\n", shown));
  }
}
