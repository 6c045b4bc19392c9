package portcullis.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/diff.md lists the deviations as the code has them. */
class DocumentTest {
  @Test
  void theTableIsTheEnum() throws IOException {
    List<String> table =
        Files.readAllLines(Path.of("../docs/diff.md")).stream()
            .filter(line -> line.startsWith("| `"))
            .toList();
    List<String> expected =
        Arrays.stream(Deviation.values())
            .map(
                row ->
                    "| `%s` | %s | %s | %s |"
                        .formatted(row.name(), row.text(), row.section(), row.effect().label()))
            .toList();
    assertEquals(String.join("\n", expected), String.join("\n", table));
  }
}
