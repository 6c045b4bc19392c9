package portcullis.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import portcullis.arch.vmsa.Granule;
import portcullis.board.Board;
import portcullis.check.hostile.Action;
import portcullis.check.hostile.HostileReport;
import portcullis.check.hostile.Outcome;
import portcullis.check.hostile.PolicyUse;
import portcullis.check.hostile.Violation;
import portcullis.machine.smmuv3.profile.Profile;

/** An attack as text. */
final class AttackText {
  private static final String NO_LABEL = " ".repeat(11);
  private static final String OUTCOMES = "%-16s %10s %10s %10s";

  private AttackText() {}

  static void print(
      HostileReport report,
      Board board,
      Profile profile,
      Granule granule,
      long nanos,
      PrintWriter out) {
    TerminalText text = new TerminalText(out);
    text.item("board      ", board.model() + " (" + board.fileName() + ")");
    text.item("profile    ", profile.name());
    text.item("pages      ", GranuleArgument.size(granule));
    text.item("seed       ", Long.toString(report.seed()));
    double seconds = nanos / 1e9;
    text.item(
        "actions    ",
        "%d in %.1f s: %.0f a second; the oracle looked %d times"
            .formatted(report.actions(), seconds, report.actions() / seconds, report.walks()));
    text.item(NO_LABEL, OUTCOMES.formatted("of each kind", "accepted", "refused", "error"));
    report.performed().keySet().forEach(action -> text.item(NO_LABEL, outcomes(report, action)));
    text.item("given up   ", report.givenUp() + " times, and at the end");
    text.item("reached    ", counts(report.reached()));
    text.item("timeouts   ", Long.toString(report.timeouts()));
    if (!report.uses().isEmpty()) {
      uses(text, report.uses());
    }
    if (report.violation().isPresent()) {
      Violation violation = report.violation().get();
      text.heading("violation: " + violation.finding());
      text.item("  by action ", violation.action() + ": " + violation.what());
      text.heading("the last actions:");
      violation.trail().forEach(line -> text.item("  ", line));
    }
    text.heading("result: " + (report.violation().isEmpty() ? "held" : "violated"));
  }

  /** What came of one kind of action. */
  private static String outcomes(HostileReport report, Action action) {
    Map<Outcome, Long> counts = report.outcomes().get(action);
    return OUTCOMES.formatted(
        lower(action),
        counts.get(Outcome.ACCEPTED),
        counts.get(Outcome.REFUSED),
        counts.get(Outcome.ERROR));
  }

  /** How many rows were applied, and which were not. */
  private static void uses(TerminalText text, List<PolicyUse> uses) {
    List<PolicyUse> never = uses.stream().filter(use -> use.count() == 0).toList();
    text.item(
        "policy     ",
        "%d rows: %d applied %d times"
            .formatted(
                uses.size(),
                uses.size() - never.size(),
                uses.stream().mapToLong(PolicyUse::count).sum()));
    never.forEach(use -> text.item("never      ", use.table() + ": " + use.row()));
  }

  private static String counts(Map<? extends Enum<?>, Long> counts) {
    return counts.entrySet().stream()
        .map(entry -> entry.getValue() + " " + lower(entry.getKey()))
        .collect(Collectors.joining(", "));
  }

  static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
