package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cost}: a table for people, one object for scripts, the same numbers in both. */
class CostTest {
  private static final String SMALL = "cost --memory 1G --rules default";

  @TempDir Path folder;

  private static List<String> cells(String line) {
    return List.of(line.trim().split(" +"));
  }

  /** The rows of the table that begin with an operation. */
  private static List<List<String>> rows(Ran ran) {
    return ran.outLines().stream()
        .filter(line -> line.matches("(boot|attach|map|unmap|donate|reclaim) .*"))
        .map(CostTest::cells)
        .toList();
  }

  private static List<String> cells(String rules, Map<String, Object> cost) {
    List<String> cells = new ArrayList<>();
    cells.add(cost.get("operation").toString());
    cells.add(cost.get("pages").equals(0L) ? "-" : cost.get("pages").toString());
    cells.add(rules);
    if (!cost.get("failure").equals("")) {
      cells.addAll(List.of("-", "-", "-", "-", "-", "-", "-"));
      return cells;
    }
    cells.add(cost.get("traps").toString());
    for (String count : List.of("commands_total", "waits")) {
      cells.add(
          Long.toString(
              JsonTree.objects(cost.get("smmus")).stream()
                  .mapToLong(smmu -> (Long) smmu.get(count))
                  .max()
                  .orElseThrow()));
    }
    Map<String, Object> cpu = JsonTree.map(cost.get("cpu_stage2"));
    Map<String, Object> smmu = JsonTree.map(cost.get("smmu_stage2"));
    for (String count : List.of("descriptors_stored", "table_pages")) {
      cells.add(cpu.get(count).toString());
      cells.add(smmu.get(count).toString());
    }
    return cells;
  }

  @Test
  void tableAndJsonAgree() {
    Ran text = Ran.line(SMALL).assertCode(0);
    Map<String, Object> json = JsonTree.object(Ran.line(SMALL + " --json").assertCode(0).out());
    assertEquals(
        List.of("board", "profile", "page_bytes", "rules"),
        new ArrayList<>(json.keySet()),
        "what scripts use");
    List<Map<String, Object>> rules = JsonTree.objects(json.get("rules"));
    assertEquals(1, rules.size());
    assertEquals("default", rules.getFirst().get("name"));
    assertEquals("", rules.getFirst().get("refusal"));
    List<List<String>> expected =
        JsonTree.objects(rules.getFirst().get("costs")).stream()
            .map(cost -> cells("default", cost))
            .toList();
    assertEquals(expected, rows(text));
    assertEquals(1 + 3 * 5, expected.size());
    for (Map<String, Object> cost : JsonTree.objects(rules.getFirst().get("costs"))) {
      for (Map<String, Object> smmu : JsonTree.objects(cost.get("smmus"))) {
        long total =
            JsonTree.map(smmu.get("commands")).values().stream().mapToLong(Long.class::cast).sum();
        assertEquals(smmu.get("commands_total"), total);
      }
    }
    assertTrue(
        text.out().contains("262144 pages  the host has no so many contiguous pages\n"), text::out);
  }

  @Test
  void rulesStandSideBySide() {
    Ran both = Ran.line("cost --memory 1G").assertCode(0);
    List<List<String>> rows = rows(both);
    assertEquals(2 * (1 + 3 * 5), rows.size());
    for (int i = 0; i < rows.size(); i += 2) {
      assertEquals(rows.get(i).subList(0, 2), rows.get(i + 1).subList(0, 2));
      assertEquals(List.of("default", "v6"), List.of(rows.get(i).get(2), rows.get(i + 1).get(2)));
    }
    assertTrue(both.outLines().stream().allMatch(line -> line.length() <= TerminalText.COLUMNS));
  }

  @Test
  void rulesThatProtectNothingAreNamedBesideThoseThatDo() {
    Ran ran = Ran.line("cost --memory 1T").assertCode(0);
    assertTrue(rows(ran).stream().allMatch(row -> row.get(2).equals("default")));
    assertTrue(
        ran.out()
            .contains(
                "\nv6: nothing is protected: iommu@2b400000: the hypervisor's memory does not"),
        ran::out);
  }

  @Test
  void nothingToProtectIsAFinding() throws IOException {
    String tree =
        TestTree.write(folder.resolve("tree.dtb"), fdt -> TestTree.memory(fdt, 0, 1L << 32));
    Ran ran = Ran.of("cost", "--dtb", tree);
    assertEquals(2, ran.code(), ran::err);
    String off =
        TestTree.write(
            folder.resolve("off.dtb"),
            fdt -> {
              TestTree.memory(fdt, TestTree.MEMORY, 1 << 20);
              TestTree.smmu(fdt, 0x1000_0000, 0x2_0000);
              TestTree.master(fdt, "iommus", TestTree.SMMU, 0x20);
            });
    Ran none = Ran.of("cost", "--dtb", off).assertCode(1);
    assertTrue(none.out().contains("default: nothing is protected: the board has no range"));
    assertTrue(none.out().contains("v6: nothing is protected: the board has no range"));
  }
}
