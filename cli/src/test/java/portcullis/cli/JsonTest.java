package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --json}: one object, with the keys that scripts rely on, that agrees with the text. */
class JsonTest {
  @TempDir Path folder;

  private static void assertKeys(List<String> keys, Map<String, Object> object) {
    assertEquals(keys, new ArrayList<>(object.keySet()));
  }

  @Test
  void runHasItsKeys() {
    Map<String, Object> run = JsonTree.object(Ran.line("run --json").assertCode(0).out());
    assertKeys(
        List.of(
            "board",
            "platform",
            "profile",
            "page_bytes",
            "seed",
            "smmus",
            "masters",
            "attempts",
            "counters",
            "result"),
        run);
    assertKeys(
        List.of("file", "model", "compatible", "memory", "carve_outs", "firmware_dma", "overrides"),
        JsonTree.map(run.get("board")));
    assertFalse(JsonTree.objects(run.get("smmus")).isEmpty());
    for (Map<String, Object> smmu : JsonTree.objects(run.get("smmus"))) {
      assertKeys(List.of("name", "base", "status", "reason"), smmu);
      assertTrue(Set.of("protected", "refused", "disabled").contains(smmu.get("status")));
      assertTrue(smmu.get("base").toString().matches("0x[0-9a-f]+"));
    }
    assertFalse(JsonTree.objects(run.get("masters")).isEmpty());
    for (Map<String, Object> master : JsonTree.objects(run.get("masters"))) {
      assertKeys(List.of("name", "status", "smmu", "streams", "reason"), master);
      boolean isProtected = master.get("status").equals("protected");
      assertEquals(isProtected, master.get("reason").equals(""));
      assertTrue(isProtected || master.get("status").equals("unprotected"));
    }
    assertFalse(JsonTree.objects(run.get("attempts")).isEmpty());
    for (Map<String, Object> attempt : JsonTree.objects(run.get("attempts"))) {
      assertKeys(List.of("what", "outcome", "expected", "by"), attempt);
      assertTrue(Set.of("refused", "allowed").contains(attempt.get("expected")));
      assertTrue(
          Set.of(attempt.get("expected"), "skipped").contains(attempt.get("outcome")),
          attempt::toString);
      assertEquals(attempt.get("outcome").equals("allowed"), attempt.get("by").equals(""));
    }
    Map<String, Object> counters = JsonTree.map(run.get("counters"));
    assertTrue(counters.values().stream().allMatch(Long.class::isInstance));
    assertTrue((Long) counters.get("traps_iommu_access") > 0);
    assertEquals("held", run.get("result"));
  }

  @Test
  void textAndJsonAgree() {
    assertAgree("held", 0, "run");
  }

  @Test
  void textAndJsonAgreeOnRefusal() throws IOException {
    String file =
        TestTree.write(
            folder.resolve("no-memory.dtb"), fdt -> TestTree.smmu(fdt, 0x1000_0000, 0x2_0000));
    assertAgree("refused", 1, "run", "--dtb", file);
  }

  private static void assertAgree(String result, int code, String... arguments) {
    Ran text = Ran.of(arguments).assertCode(code);
    List<String> withJson = new ArrayList<>(List.of(arguments));
    withJson.add("--json");
    Map<String, Object> json =
        JsonTree.object(Ran.of(withJson.toArray(String[]::new)).assertCode(code).out());
    assertEquals(result, json.get("result"));
    assertTrue(text.closing().startsWith(result + ": "), text::closing);
    String words = text.out().replaceAll("\\s+", " ");
    for (Map<String, Object> attempt : JsonTree.objects(json.get("attempts"))) {
      String line = attempt.get("outcome") + " " + attempt.get("what");
      assertTrue(words.contains(line), line);
      assertTrue(words.contains(attempt.get("by").toString()), line);
    }
    for (String list : List.of("smmus", "masters")) {
      for (Map<String, Object> entry : JsonTree.objects(json.get(list))) {
        String line = entry.get("status") + " " + entry.get("name");
        assertTrue(words.contains(line), line);
        assertTrue(words.contains(entry.get("reason").toString()), line);
      }
    }
    JsonTree.map(json.get("counters"))
        .forEach((name, value) -> assertTrue(words.contains(name + " " + value), name));
  }

  @Test
  void namesFromTheTreeAreEscaped() throws IOException {
    Path file = folder.resolve("odd.dtb");
    Files.write(file, TestTree.blob("a\u001b[31m\"b\n\u0085", TestTree::sound));
    Ran text = Ran.of("run", "--dtb", file.toString()).assertCode(0);
    assertEquals("board     a?[31m\"b (" + file + ")", text.outLines().getFirst());
    Map<String, Object> json =
        JsonTree.object(Ran.of("run", "--json", "--dtb", file.toString()).assertCode(0).out());
    assertEquals("a\u001b[31m\"b\n\u0085", JsonTree.map(json.get("board")).get("model"));
  }

  @Test
  void decodeHasItsKeys() {
    Map<String, Object> decoded =
        JsonTree.object(Ran.line("decode reg IDR0 0x0d44101b --json").assertCode(0).out());
    assertKeys(List.of("name", "source", "words", "fields", "notes", "findings"), decoded);
    assertEquals(List.of("0xd44101b"), decoded.get("words"));
    List<Map<String, Object>> fields = JsonTree.objects(decoded.get("fields"));
    for (Map<String, Object> field : fields) {
      assertKeys(List.of("name", "bits", "value", "text", "meaning", "reserved", "ignored"), field);
    }
    assertTrue(
        fields.stream()
            .anyMatch(f -> f.get("name").equals("ST_LEVEL") && f.get("value").equals("0x1")));
  }

  @Test
  void policyHasEveryTable() {
    Map<String, Object> policy = JsonTree.object(Ran.line("policy --json").assertCode(0).out());
    assertKeys(List.of("registers", "commands", "ste", "protections", "stage2", "pages"), policy);
    for (Object table : policy.values()) {
      assertFalse(JsonTree.objects(table).isEmpty());
      for (Map<String, Object> row : JsonTree.objects(table)) {
        assertKeys(List.of("what", "verdict", "reason"), row);
        assertFalse(row.containsValue(""), row::toString);
      }
    }
  }
}
