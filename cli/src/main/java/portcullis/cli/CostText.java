package portcullis.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import portcullis.board.Board;
import portcullis.check.cost.Cost;
import portcullis.check.cost.CostReport;
import portcullis.check.cost.RulesCost;

/** Costs as a person reads them: one row an operation, a number of pages and a set of rules. */
final class CostText {
  private static final String NONE = "-";

  private final PrintWriter out;
  private final TerminalText text;

  CostText(PrintWriter out) {
    this.out = out;
    text = new TerminalText(out);
  }

  void print(CostReport report) {
    Board board = report.board();
    text.item("board     ", "%s (%s)".formatted(board.model(), board.fileName()));
    text.item("profile   ", report.profile());
    text.item("pages     ", GranuleArgument.size(report.granule()));
    text.item("memory    ", RunText.memory(board.memory()));
    for (String override : board.overrides()) {
      text.item("assumed   ", override);
    }
    List<RulesCost> counted =
        report.rules().stream().filter(rules -> rules.refusal().isEmpty()).toList();
    if (!counted.isEmpty()) {
      table(counted);
    }
    for (RulesCost rules : report.rules()) {
      if (!rules.refusal().isEmpty()) {
        text.heading(rules.rules().label() + ": nothing is protected: " + rules.refusal());
      }
    }
  }

  private void table(List<RulesCost> counted) {
    out.println();
    out.println("%52s%18s%14s".formatted("for each SMMU", "descriptors", "table pages"));
    row("", "pages", "rules", "traps", "commands", "waits", "CPU", "SMMU", "CPU", "SMMU");
    for (int i = 0; i < counted.getFirst().costs().size(); i++) {
      for (RulesCost rules : counted) {
        row(rules, rules.costs().get(i));
      }
    }
    out.println();
    text.item("for each SMMU  ", "of the SMMU with the most; --json has every SMMU and opcode");
    text.item("descriptors    ", "stored in the CPUs' stage-2 table and in the SMMUs'");
    text.item("table pages    ", "that each of them has afterwards");
    counted.getFirst().costs().stream()
        .filter(cost -> !cost.done())
        .collect(Collectors.groupingBy(Cost::pages))
        .forEach((pages, costs) -> text.item(pages + " pages  ", costs.getFirst().failure()));
  }

  private void row(RulesCost rules, Cost cost) {
    String operation = cost.operation().name().toLowerCase(Locale.ROOT);
    String pages = cost.pages() == 0 ? NONE : Long.toString(cost.pages());
    String label = rules.rules().label();
    if (!cost.done()) {
      row(operation, pages, label, NONE, NONE, NONE, NONE, NONE, NONE, NONE);
      return;
    }
    row(
        operation,
        pages,
        label,
        Long.toString(cost.traps()),
        Long.toString(cost.commands()),
        Long.toString(cost.waits()),
        Long.toString(cost.cpu().descriptors()),
        Long.toString(cost.smmu().descriptors()),
        Long.toString(cost.cpu().pages()),
        Long.toString(cost.smmu().pages()));
  }

  private void row(Object... cells) {
    out.println("%-9s %7s  %-7s %6s %9s %8s %8s %8s %6s %6s".formatted(cells).stripTrailing());
  }
}
