package portcullis.hyp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/driver-interface.md has the hypercalls and results that EL2 has. */
class DriverInterfacePageTest {
  /** The first two cells of each row of the table below {@code header}. */
  private static List<String> rows(String header) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("../docs/driver-interface.md"));
    return lines.subList(lines.indexOf(header) + 2, lines.size()).stream()
        .takeWhile(line -> line.startsWith("| "))
        .map(line -> line.split(" \\| ", 3))
        .map(cells -> cells[0].substring(2) + " " + cells[1])
        .toList();
  }

  @Test
  void hasEveryHypercall() throws IOException {
    assertEquals(
        Arrays.stream(Hypercall.values())
            .map(call -> "`%s` 0x%x".formatted(call, call.function()))
            .toList(),
        rows("| call | x0 | x1 to x3 | what it does |"));
  }

  @Test
  void hasEveryStatus() throws IOException {
    assertEquals(
        Arrays.stream(Status.values())
            .map(status -> "`%s` %d".formatted(status, status.code()))
            .toList(),
        rows("| result | code | says |"));
  }
}
