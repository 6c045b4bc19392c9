package portcullis.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import portcullis.board.AddressRange;
import portcullis.board.Board;
import portcullis.board.ReservedMemory;
import portcullis.check.run.Attempt;
import portcullis.check.run.Attempt.Outcome;
import portcullis.check.run.RunReport;
import portcullis.check.run.RunReport.MasterLine;
import portcullis.check.run.RunReport.SmmuLine;

/** A run as a person reads it. */
final class RunText {
  private static final String UNITS = "KMGTP";

  private final TerminalText text;

  RunText(PrintWriter out) {
    text = new TerminalText(out);
  }

  void print(RunReport report) {
    board(report);
    smmus(report.smmus());
    masters(report.masters());
    attempts(report.attempts());
    counters(report.counters());
    text.heading(closingLine(report));
  }

  private void board(RunReport report) {
    Board board = report.board();
    text.item("board     ", "%s (%s)".formatted(board.model(), board.fileName()));
    if (report.profile().isEmpty()) {
      text.item("platform  ", "%s, seed %d".formatted(report.platform(), report.seed()));
    } else {
      text.item("profile   ", "%s, seed %d".formatted(report.profile(), report.seed()));
    }
    text.item("pages     ", GranuleArgument.size(report.granule()));
    text.item("memory    ", memory(board.memory()));
    if (!board.carveOuts().isEmpty()) {
      text.item("          ", "less " + memory(board.carveOuts()) + ", where registers are");
    }
    for (ReservedMemory reserved : board.reserved()) {
      if (!reserved.streams().isEmpty()) {
        text.item("reserved  ", reserved(reserved, board));
      }
    }
    for (String override : board.overrides()) {
      text.item("assumed   ", override);
    }
  }

  /** How much memory, and where. */
  static String memory(List<AddressRange> ranges) {
    if (ranges.isEmpty()) {
      return "none named (see --memory)";
    }
    String total = size(ranges.stream().mapToLong(AddressRange::size).sum());
    AddressRange first = ranges.getFirst();
    return ranges.size() == 1
        ? "%s at 0x%x".formatted(total, first.base())
        : "%s in %d ranges, the first %s".formatted(total, ranges.size(), first);
  }

  /** Memory that firmware has devices access. */
  private static String reserved(ReservedMemory reserved, Board board) {
    return "%s for firmware's DMA by %s, aborted until the host attaches them"
        .formatted(
            reserved.ranges().stream().map(AddressRange::toString).collect(Collectors.joining(",")),
            reserved.streams().stream()
                .map(
                    range ->
                        "StreamID 0x%x%s of %s"
                            .formatted(
                                range.first(),
                                range.count() == 1
                                    ? ""
                                    : "-0x%x".formatted(range.first() + range.count() - 1),
                                board.smmus().get(range.smmu()).name()))
                .collect(Collectors.joining(", ")));
  }

  private static String size(long bytes) {
    int unit = 0;
    long divisor = 1L << 10;
    while (bytes / divisor >= 1024 && unit < UNITS.length() - 1) {
      divisor <<= 10;
      unit++;
    }
    String number =
        bytes % divisor == 0
            ? Long.toString(bytes / divisor)
            : "%.1f".formatted((double) bytes / divisor);
    return number + " " + UNITS.charAt(unit) + "iB";
  }

  private void smmus(List<SmmuLine> smmus) {
    text.heading("SMMUs");
    for (SmmuLine smmu : smmus) {
      text.item("  %-9s ".formatted(lower(smmu.status())), smmu.name() + because(smmu.reason()));
    }
  }

  private void masters(List<MasterLine> masters) {
    text.heading("masters");
    if (masters.isEmpty()) {
      text.item("  ", "none named");
    }
    for (MasterLine master : masters) {
      String by =
          master.isProtected() ? " by " + master.smmus() + ", StreamID " + master.streams() : "";
      text.item(
          master.isProtected() ? "  protected   " : "  unprotected ",
          master.name() + by + because(master.reason()));
    }
  }

  private void attempts(List<Attempt> attempts) {
    if (attempts.isEmpty()) {
      return;
    }
    text.heading("attempts");
    int from = 0;
    while (from < attempts.size()) {
      int to = from + 1;
      while (to < attempts.size() && endAlike(attempts.get(from), attempts.get(to))) {
        to++;
      }
      alike(attempts.subList(from, to));
      from = to;
    }
  }

  private static boolean endAlike(Attempt one, Attempt other) {
    return one.outcome() == other.outcome()
        && one.expected() == other.expected()
        && one.by().equals(other.by());
  }

  /** Attempts that ended alike, with what stopped them told once, below the last. */
  private void alike(List<Attempt> attempts) {
    Attempt last = attempts.getLast();
    String lead = "%s %-8s ".formatted(last.asExpected() ? " " : "!", lower(last.outcome()));
    for (Attempt attempt : attempts.subList(0, attempts.size() - 1)) {
      text.item(lead, attempt.what());
    }
    String count =
        switch (attempts.size()) {
          case 1 -> "";
          case 2 -> "both: ";
          default -> "all %d: ".formatted(attempts.size());
        };
    String by = last.by().isEmpty() ? "" : "[" + count + last.by() + "]";
    String both = last.what() + "  " + by;
    if (attempts.size() == 1 && !by.isEmpty() && TerminalText.fits(lead, both)) {
      text.item(lead, both);
      return;
    }
    text.item(lead, last.what());
    if (!by.isEmpty()) {
      text.item(" ".repeat(lead.length()), by);
    }
  }

  private void counters(Map<String, Long> counters) {
    if (counters.isEmpty()) {
      return;
    }
    text.heading("counters");
    int width = counters.keySet().stream().mapToInt(String::length).max().orElse(0);
    counters.forEach(
        (name, value) ->
            text.item("  " + name + " ".repeat(width - name.length() + 2), value.toString()));
  }

  /** The verdict, in one sentence. */
  static String closingLine(RunReport report) {
    int deviated = count(report, a -> a.outcome() == Outcome.DEVIATED);
    int skipped = count(report, a -> a.outcome() == Outcome.SKIPPED);
    int tried = report.attempts().size() - skipped;
    int forbidden =
        count(
            report,
            a ->
                a.expected() == Outcome.REFUSED
                    && (a.outcome() == Outcome.REFUSED || a.outcome() == Outcome.ALLOWED));
    int wrong = count(report, a -> !a.asExpected());
    return switch (report.result()) {
      case HELD ->
          "held: %s; %s, %s"
              .formatted(
                  isProtected(report.masters()),
                  numbered(
                      forbidden,
                      "no forbidden access was tried",
                      "the one forbidden access was refused",
                      "all %d forbidden accesses were refused"),
                  numbered(
                          tried - forbidden - deviated,
                          "nothing else was tried",
                          "the one other worked",
                          "%d others worked")
                      + numbered(
                          deviated,
                          "",
                          "; 1 got through by a known deviation of the platform",
                          "; %d got through by known deviations of the platform")
                      + numbered(skipped, "", "; 1 was skipped", "; %d were skipped"));
      case VIOLATED ->
          "violated: %d of %s not end as %s must (marked !)"
              .formatted(
                  wrong,
                  numbered(tried, "no attempts did", "1 attempt did", "%d attempts did"),
                  wrong == 1 ? "it" : "they");
      case REFUSED -> "refused: no SMMU of this board could be protected, so no master is";
    };
  }

  private static int count(RunReport report, Predicate<Attempt> which) {
    return (int) report.attempts().stream().filter(which).count();
  }

  private static String isProtected(List<MasterLine> masters) {
    int count = (int) masters.stream().filter(MasterLine::isProtected).count();
    if (masters.size() == 1) {
      return "the one master is " + (count == 1 ? "protected" : "unprotected");
    }
    return masters.isEmpty()
        ? "the board names no master"
        : "%d of %d masters %s protected"
            .formatted(count, masters.size(), count == 1 ? "is" : "are");
  }

  private static String numbered(int count, String none, String one, String many) {
    return switch (count) {
      case 0 -> none;
      case 1 -> one;
      default -> many.formatted(count);
    };
  }

  private static String because(String reason) {
    return reason.isEmpty() ? "" : ": " + reason;
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
