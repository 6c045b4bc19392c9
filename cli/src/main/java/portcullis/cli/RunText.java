package portcullis.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import portcullis.board.AddressRange;
import portcullis.board.Board;
import portcullis.check.run.Attempt;
import portcullis.check.run.Attempt.Outcome;
import portcullis.check.run.RunReport;
import portcullis.check.run.RunReport.MasterLine;
import portcullis.check.run.RunReport.SmmuLine;

/** A run as a person reads it. */
final class RunText {
  private final PrintWriter out;

  RunText(PrintWriter out) {
    this.out = out;
  }

  void print(RunReport report) {
    board(report);
    smmus(report.smmus());
    masters(report.masters());
    attempts(report.attempts());
    counters(report.counters());
    out.println();
    out.println(closingLine(report));
  }

  private void board(RunReport report) {
    Board board = report.board();
    out.printf("board     %s (%s)%n", board.model(), board.fileName());
    out.printf("profile   %s, seed %d%n", report.profile(), report.seed());
    out.printf("memory    %s%n", memory(board.memory()));
    if (!board.carveOuts().isEmpty()) {
      out.printf("          less %s, where registers are%n", memory(board.carveOuts()));
    }
    for (String override : board.overrides()) {
      out.printf("assumed   %s%n", override);
    }
  }

  private static String memory(List<AddressRange> ranges) {
    if (ranges.isEmpty()) {
      return "none named by the device tree (see --memory)";
    }
    long total = ranges.stream().mapToLong(AddressRange::size).sum();
    String first = ranges.getFirst().toString();
    return ranges.size() == 1
        ? "%s at 0x%x".formatted(size(total), ranges.getFirst().base())
        : "%s in %d ranges, the first %s".formatted(size(total), ranges.size(), first);
  }

  private static String size(long bytes) {
    String units = "KMGTP";
    long value = bytes >> 10;
    int unit = 0;
    while (value >= 1024 && value % 1024 == 0) {
      value >>= 10;
      unit++;
    }
    return value + " " + units.charAt(unit) + "iB";
  }

  private void smmus(List<SmmuLine> smmus) {
    out.println();
    out.println("SMMUs");
    for (SmmuLine smmu : smmus) {
      out.printf("  %-9s %s%s%n", lower(smmu.status()), smmu.name(), because(smmu.reason()));
    }
  }

  private void masters(List<MasterLine> masters) {
    out.println();
    out.println("masters");
    if (masters.isEmpty()) {
      out.println("  none named by the device tree");
    }
    for (MasterLine master : masters) {
      String by =
          master.isProtected() ? " by " + master.smmus() + ", StreamID " + master.streams() : "";
      out.printf(
          "  %-11s %s%s%s%n",
          master.isProtected() ? "protected" : "unprotected",
          master.name(),
          by,
          because(master.reason()));
    }
  }

  private void attempts(List<Attempt> attempts) {
    if (attempts.isEmpty()) {
      return;
    }
    out.println();
    out.println("attempts");
    for (Attempt attempt : attempts) {
      out.printf(
          "  %s %-7s  %s%s%n",
          attempt.asExpected() ? " " : "!",
          lower(attempt.outcome()),
          attempt.what(),
          attempt.by().isEmpty() ? "" : "  [" + attempt.by() + "]");
    }
  }

  private void counters(Map<String, Long> counters) {
    if (counters.isEmpty()) {
      return;
    }
    out.println();
    out.println("counters");
    int width = counters.keySet().stream().mapToInt(String::length).max().orElse(0);
    counters.forEach((name, value) -> out.printf("  %-" + width + "s  %d%n", name, value));
  }

  private static String closingLine(RunReport report) {
    long isProtected = report.masters().stream().filter(MasterLine::isProtected).count();
    long refused = report.attempts().stream().filter(a -> a.expected() == Outcome.REFUSED).count();
    long wrong = report.attempts().stream().filter(a -> !a.asExpected()).count();
    return switch (report.result()) {
      case HELD ->
          "held: %d of %d masters are protected; %d forbidden accesses were all refused, %d others worked"
              .formatted(
                  isProtected,
                  report.masters().size(),
                  refused,
                  report.attempts().size() - refused);
      case VIOLATED ->
          "violated: %d of %d attempts did not end as they must (marked !)"
              .formatted(wrong, report.attempts().size());
      case REFUSED -> "refused: no SMMU of this board could be protected, so no master is";
    };
  }

  private static String because(String reason) {
    return reason.isEmpty() ? "" : ": " + reason;
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
