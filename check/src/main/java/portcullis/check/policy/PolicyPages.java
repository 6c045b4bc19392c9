package portcullis.check.policy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Decision tables as text for a terminal and as Markdown for {@code docs/reference/}. */
public final class PolicyPages {
  private PolicyPages() {}

  /** One table as aligned columns; every line ends in a newline. */
  public static String text(PolicyTable table) {
    int what = width(table.rows().stream().map(PolicyTable.Row::what).toList());
    int verdict = width(table.rows().stream().map(PolicyTable.Row::verdict).toList());
    String format = "%-" + what + "s  %-" + verdict + "s  %s\n";
    StringBuilder text = new StringBuilder(table.title()).append('\n');
    for (PolicyTable.Row row : table.rows()) {
      text.append(format.formatted(row.what(), row.verdict(), row.reason()));
    }
    return text.toString();
  }

  private static int width(List<String> cells) {
    return cells.stream().mapToInt(String::length).max().orElse(1);
  }

  /** A page for each table: file name to Markdown. */
  public static Map<String, String> markdown(List<PolicyTable> tables) {
    Map<String, String> pages = new LinkedHashMap<>();
    for (PolicyTable table : tables) {
      StringBuilder page = new StringBuilder("# Policy: ").append(table.title()).append("\n\n");
      page.append(
          "Generated from the table that the hypervisor interprets (`./portcullis"
              + " reference`).\n\n");
      page.append("| what | verdict | why |\n| --- | --- | --- |\n");
      for (PolicyTable.Row row : table.rows()) {
        page.append(
            "| `%s` | %s | %s |\n"
                .formatted(cell(row.what()), cell(row.verdict()), cell(row.reason())));
      }
      pages.put("policy-" + table.name() + ".md", page.toString());
    }
    return pages;
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }
}
