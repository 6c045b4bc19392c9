package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import portcullis.arch.vmsa.Granule;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.BuiltInBoard;
import portcullis.board.fdt.BoardException;
import portcullis.check.run.Attempt;
import portcullis.check.run.Attempt.Outcome;
import portcullis.check.run.RunReport;
import portcullis.check.run.RunReport.MasterLine;
import portcullis.check.run.RunReport.Result;
import portcullis.check.run.RunReport.SmmuLine;
import portcullis.check.run.RunReport.SmmuStatus;

/** How a run's report reads. */
class RunTextTest {
  private static final Attempt READ = refused("a master reads a guest's page", "stage 2");
  private static final Attempt WORKED =
      new Attempt("a master reads its page", Outcome.ALLOWED, Outcome.ALLOWED, "");
  private static final Attempt LEAK =
      new Attempt("a master reads a guest's page", Outcome.ALLOWED, Outcome.REFUSED, "");

  private static Attempt refused(String what, String by) {
    return new Attempt(what, Outcome.REFUSED, Outcome.REFUSED, by);
  }

  private static RunReport report(Result result, List<MasterLine> masters, List<Attempt> attempts)
      throws BoardException {
    Board board = BoardReader.read(BuiltInBoard.tree(), BoardOptions.DEFAULTS);
    return new RunReport(
        board,
        "model",
        "generic",
        Granule.SIZE_4K,
        1,
        List.of(new SmmuLine("iommu@1", 1, SmmuStatus.PROTECTED, "")),
        masters,
        attempts,
        Map.of(),
        result);
  }

  private static List<MasterLine> masters(int isProtected, int others) {
    List<MasterLine> masters = new ArrayList<>();
    masters.addAll(Collections.nCopies(isProtected, new MasterLine("a", true, "iommu@1", "0", "")));
    masters.addAll(Collections.nCopies(others, new MasterLine("b", false, "", "", "why")));
    return masters;
  }

  private static List<Attempt> times(int count, Attempt attempt) {
    return Collections.nCopies(count, attempt);
  }

  /** The lines below the heading {@code attempts}. */
  private static List<String> attemptLines(Attempt... attempts) throws BoardException {
    StringWriter out = new StringWriter();
    new RunText(new PrintWriter(out)).print(report(Result.HELD, masters(1, 0), List.of(attempts)));
    List<String> lines = out.toString().lines().toList();
    int first = lines.indexOf("attempts") + 1;
    return lines.subList(first, first + lines.subList(first, lines.size()).indexOf(""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0 | 0 | 0 | 0 | the board names no master; no forbidden access was tried, nothing else was tried
          1 | 0 | 1 | 1 | the one master is protected; the one forbidden access was refused, the one other worked
          0 | 1 | 2 | 0 | the one master is unprotected; all 2 forbidden accesses were refused, nothing else was tried
          0 | 2 | 1 | 2 | 0 of 2 masters are protected; the one forbidden access was refused, 2 others worked
          1 | 1 | 3 | 4 | 1 of 2 masters is protected; all 3 forbidden accesses were refused, 4 others worked
          2 | 1 | 0 | 9 | 2 of 3 masters are protected; no forbidden access was tried, 9 others worked
          """)
  void heldIsGrammatical(
      int isProtected, int otherMasters, int forbidden, int others, String expected)
      throws BoardException {
    List<Attempt> attempts = new ArrayList<>(times(forbidden, READ));
    attempts.addAll(times(others, WORKED));
    assertEquals(
        "held: " + expected,
        RunText.closingLine(report(Result.HELD, masters(isProtected, otherMasters), attempts)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1 | 0 | 1 of 1 attempt did not end as it must (marked !)
          1 | 3 | 1 of 4 attempts did not end as it must (marked !)
          2 | 3 | 2 of 5 attempts did not end as they must (marked !)
          """)
  void violatedIsGrammatical(int wrong, int right, String expected) throws BoardException {
    List<Attempt> attempts = new ArrayList<>(times(wrong, LEAK));
    attempts.addAll(times(right, READ));
    assertEquals(
        "violated: " + expected,
        RunText.closingLine(report(Result.VIOLATED, masters(1, 0), attempts)));
  }

  @Test
  void whatStoppedOneAttemptStandsBesideItWhereItFits() throws BoardException {
    assertEquals(
        List.of(
            "  allowed  a master reads its page",
            "  refused  a master reads a guest's page  [stage 2]"),
        attemptLines(WORKED, READ));
  }

  @Test
  void whatStoppedOneAttemptStandsBelowItWhereItIsLong() throws BoardException {
    assertEquals(
        List.of(
            "  refused  reads",
            "           [" + "w".repeat(40) + " " + "x".repeat(40),
            "           " + "y".repeat(40) + "]"),
        attemptLines(
            refused("reads", "w".repeat(40) + " " + "x".repeat(40) + " " + "y".repeat(40))));
  }

  @Test
  void whatStoppedOneAttemptStandsBesideItUpToTheLastColumn() throws BoardException {
    String beside = "  refused  reads  [stage 2 %s]";
    String word = "w".repeat(TerminalText.COLUMNS - beside.formatted("").length());
    assertEquals(
        List.of(beside.formatted(word)), attemptLines(refused("reads", "stage 2 " + word)));
    assertEquals(
        List.of("  refused  reads", "           [stage 2 " + word + "w]"),
        attemptLines(refused("reads", "stage 2 " + word + "w")));
  }

  @Test
  void whatStoppedManyIsToldOnce() throws BoardException {
    assertEquals(
        List.of(
            "  refused  reads",
            "  refused  writes",
            "           [both: stage 2]",
            "  refused  reads",
            "  refused  writes",
            "  refused  erases",
            "           [all 3: stage 1]",
            "  refused  reads  [stage 2]"),
        attemptLines(
            refused("reads", "stage 2"),
            refused("writes", "stage 2"),
            refused("reads", "stage 1"),
            refused("writes", "stage 1"),
            refused("erases", "stage 1"),
            refused("reads", "stage 2")));
  }

  @Test
  void violationsAreMarkedAndStandAlone() throws BoardException {
    Attempt lost =
        new Attempt("a master reads its page", Outcome.REFUSED, Outcome.ALLOWED, "stage 2");
    assertEquals(
        List.of(
            "  refused  a master reads a guest's page  [stage 2]",
            "! refused  a master reads its page  [stage 2]",
            "! allowed  a master reads a guest's page",
            "  allowed  a master reads its page"),
        attemptLines(READ, lost, LEAK, WORKED));
  }

  @ParameterizedTest
  @CsvSource({"99", "100", "101"})
  void breaksOnlyBeyondTheLastColumn(int length) throws BoardException {
    String lead = "  allowed  x ";
    String word = "y".repeat(length - lead.length());
    List<String> lines =
        attemptLines(new Attempt("x " + word, Outcome.ALLOWED, Outcome.ALLOWED, ""));
    assertEquals(
        length <= 100 ? List.of(lead + word) : List.of("  allowed  x", "           " + word),
        lines);
  }

  @Test
  void theWholeReportFitsTheTerminal() {
    Ran ran = Ran.line("run --memory 0x0+32G").assertCode(0);
    for (String line : ran.outLines()) {
      assertTrue(line.length() <= 100, line);
      assertEquals(line.stripTrailing(), line);
    }
  }

  @Test
  void sizesAreReadable() {
    assertTrue(Ran.line("run --memory 192M").out().contains("memory    192 MiB at 0x80000000\n"));
    assertTrue(
        Ran.line("run --memory 0x80000000+0x48000000").out().contains("memory    1.1 GiB at "));
    assertTrue(Ran.line("run --memory 64K").out().contains("memory    64 KiB at 0x80000000\n"));
  }
}
