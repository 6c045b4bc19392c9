package portcullis.check.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import portcullis.check.policy.PolicyTable.Row;
import portcullis.check.run.Policies;
import portcullis.hyp.Status;
import portcullis.hyp.mem.PageCondition;
import portcullis.hyp.mem.PagePolicy;
import portcullis.hyp.mem.PageTransition;
import portcullis.hyp.smmuv3.PolicyRow;
import portcullis.hyp.smmuv3.ProtectionPolicy;
import portcullis.hyp.smmuv3.SmmuPolicy;

/** The pages are the tables: all of them, and as they are. */
class PolicyPagesTest {
  private static final List<PolicyTable> TABLES = PolicyTable.of(Policies.DEFAULT);

  private static PolicyTable table(List<PolicyTable> tables, String name) {
    return tables.stream().filter(table -> table.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void everyRowOfEveryPolicyIsInOneTable() {
    List<Row> expected = new ArrayList<>();
    for (PolicyRow row : SmmuPolicy.DEFAULT.rows()) {
      expected.add(new Row(row.name(), row.verdict(), row.reason()));
    }
    List<Row> shown =
        TABLES.stream()
            .filter(table -> !table.name().equals("pages"))
            .flatMap(table -> table.rows().stream())
            .toList();
    assertEquals(expected.size(), shown.size());
    assertEquals(new HashSet<>(expected), new HashSet<>(shown));
  }

  @Test
  void everyTransitionOfEveryPageIsShown() {
    List<Row> shown = table(TABLES, "pages").rows();
    int pairs = PageTransition.values().length * PageCondition.values().length;
    assertEquals(pairs + PageTransition.values().length, shown.size());
    for (PagePolicy.Row row : PagePolicy.DEFAULT.rows()) {
      assertEquals(1, shown.stream().filter(r -> r.what().equals(row.name())).count(), row.name());
    }
    assertTrue(
        shown.contains(
            new Row(
                "donate from host, pinned",
                "busy",
                "an SMMU uses it for the host: a queue or a table")));
    assertTrue(
        shown.contains(
            new Row(
                "reclaim handover",
                "host access restored, IOMMUs told after, content erased",
                "the guest's secrets are erased, and devices reach it only once it is the"
                    + " host's")));
  }

  @Test
  void aChangedRowIsShownAsChanged() {
    Policies changed =
        new Policies(
            PagePolicy.DEFAULT.with(
                new PagePolicy.Row(
                    PageTransition.DONATE_GUEST, PageCondition.HYP, Status.OK, "planted")),
            SmmuPolicy.DEFAULT.with(
                new ProtectionPolicy.Row(
                    ProtectionPolicy.Measure.WAIT_FOR_SYNC, false, "planted")));
    List<PolicyTable> tables = PolicyTable.of(changed);
    assertTrue(
        table(tables, "protections").rows().contains(new Row("WAIT_FOR_SYNC", "never", "planted")));
    assertTrue(table(tables, "pages").rows().contains(new Row("donate from hyp", "ok", "planted")));
    for (String same : List.of("registers", "commands", "ste")) {
      assertEquals(table(TABLES, same), table(tables, same));
    }
  }

  @Test
  void eachRowSaysWhy() {
    for (PolicyTable table : TABLES) {
      for (Row row : table.rows()) {
        assertFalse(row.reason().isBlank() || row.verdict().isBlank(), row::toString);
      }
    }
  }

  @Test
  void textIsAligned() {
    PolicyTable table =
        new PolicyTable(
            "t", "Title", List.of(new Row("a", "forward", "why"), new Row("long", "no", "so")));
    assertEquals("Title\na     forward  why\nlong  no       so\n", PolicyPages.text(table));
  }

  @Test
  void anEmptyTableIsItsTitle() {
    assertEquals("Title\n", PolicyPages.text(new PolicyTable("t", "Title", List.of())));
  }

  @Test
  void markdownHasOnePageForEachTable() {
    Map<String, String> pages = PolicyPages.markdown(TABLES);
    assertEquals(
        List.of(
            "policy-registers.md",
            "policy-commands.md",
            "policy-ste.md",
            "policy-protections.md",
            "policy-stage2.md",
            "policy-pages.md"),
        List.copyOf(pages.keySet()));
    for (PolicyTable table : TABLES) {
      String page = pages.get("policy-" + table.name() + ".md");
      assertTrue(page.startsWith("# Policy: " + table.title() + "\n"), page);
      assertEquals(
          table.rows().size() + 2, page.lines().filter(line -> line.startsWith("|")).count());
    }
  }

  @Test
  void markdownKeepsEveryCellInItsColumn() {
    PolicyTable table = new PolicyTable("t", "Title", List.of(new Row("a|b", "c|d", "e|f|g")));
    String page = PolicyPages.markdown(List.of(table)).get("policy-t.md");
    assertTrue(page.endsWith("\n| `a\\|b` | c\\|d | e\\|f\\|g |\n"), page);
  }
}
