package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real boards, where their trees lie in {@code shared/boards} beside the project. */
class SharedBoardsTest {

  private static String dtb(String name) {
    Optional<Path> file =
        Stream.iterate(Path.of("").toAbsolutePath(), folder -> folder != null, Path::getParent)
            .map(folder -> folder.resolve("shared/boards").resolve(name + ".dtb"))
            .filter(Files::exists)
            .findFirst();
    assumeTrue(file.isPresent(), () -> "no shared/boards/" + name + ".dtb above this folder");
    return file.get().toString();
  }

  private static Map<String, Object> json(int code, String board, String... options) {
    List<String> arguments = new ArrayList<>(List.of("run", "--json", "--dtb", dtb(board)));
    arguments.addAll(List.of(options));
    return JsonTree.object(Ran.of(arguments.toArray(String[]::new)).assertCode(code).out());
  }

  private static List<Object> statuses(Map<String, Object> run) {
    return JsonTree.objects(run.get("smmus")).stream().map(smmu -> smmu.get("status")).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          fvp-base-revc    | 0 | held     |
          hip07-d05        | 0 | held     |
          hip07-d05        | 0 | held     | --memory 0x0+32G,0x40000000000+32G
          k3-j721e-evm     | 0 | held     |
          k3-j721e-evm     | 1 | refused  | --strict
          k3-j721e-evm     | 0 | held     | --assume coherent
          rk3588-rock-5b   | 1 | refused  |
          rk3588-rock-5b   | 1 | refused  | --memory 8G
          rk3588-rock-5b   | 0 | held     | --memory 8G --assume coherent,enabled
          rk3588-rock-5b   | 0 | held     | --memory 8G --assume enabled
          rk3588-rock-5b   | 1 | refused  | --memory 8G --assume enabled --strict
          """)
  void resultAndExitCode(String board, int code, String result, String options) {
    String[] split = options == null ? new String[0] : options.split(" ");
    assertEquals(result, json(code, board, split).get("result"));
    List<String> arguments = new ArrayList<>(List.of("run", "--dtb", dtb(board)));
    arguments.addAll(List.of(split));
    Ran text = Ran.of(arguments.toArray(String[]::new)).assertCode(code);
    assertTrue(text.closing().startsWith(result + ": "), text::closing);
    assertTrue(text.outLines().stream().allMatch(line -> line.length() <= 100), text::out);
  }

  @Test
  void hip07LeavesItsDisabledSmmuAlone() {
    assertEquals(
        List.of("disabled", "protected", "protected", "protected", "protected"),
        statuses(json(0, "hip07-d05", "--memory", "0x0+32G,0x40000000000+32G")));
  }

  @Test
  void k3IsRefusedStrictlyBecauseItIsNotCoherent() {
    Map<String, Object> run = json(1, "k3-j721e-evm", "--strict");
    assertEquals(List.of("refused"), statuses(run));
    String reason = JsonTree.objects(run.get("smmus")).getFirst().get("reason").toString();
    assertTrue(reason.contains("coherent"), reason);
  }

  @Test
  void rk3588HasBothDisabledAndNamesEveryMaster() {
    Map<String, Object> run = json(1, "rk3588-rock-5b");
    assertEquals(List.of("disabled", "disabled"), statuses(run));
    List<Map<String, Object>> masters = JsonTree.objects(run.get("masters"));
    assertTrue(masters.size() > 1);
    for (Map<String, Object> master : masters) {
      assertEquals("unprotected", master.get("status"));
      assertTrue(!master.get("reason").toString().isEmpty());
    }
  }

  @Test
  void assumptionsAreTold() {
    Map<String, Object> run = json(0, "k3-j721e-evm", "--assume", "coherent");
    List<?> overrides = (List<?>) JsonTree.map(run.get("board")).get("overrides");
    assertEquals(1, overrides.size(), overrides::toString);
    assertTrue(overrides.getFirst().toString().contains("coherent"), overrides::toString);
  }
}
