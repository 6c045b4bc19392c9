package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.MemoryArgument;
import portcullis.board.ScaledBoard;
import portcullis.board.StreamRange;
import portcullis.board.fdt.BoardException;
import portcullis.check.run.Forbidden.By;
import portcullis.check.run.RunReport.MasterLine;
import portcullis.check.run.RunReport.Result;
import portcullis.hyp.mem.PagePolicy;
import portcullis.hyp.smmuv3.PolicyRow;
import portcullis.hyp.smmuv3.ProtectionPolicy;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.hyp.smmuv3.SmmuPolicy;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceSink;

/** What grows with SMMUs, streams and memory, and what does not; up to the largest board. */
class ScaleTest {
  private static final String LARGEST = "16T";

  private static RunReport run(int smmus, int streams, String memory) throws BoardException {
    return run(smmus, streams, memory, Policies.DEFAULT, 1);
  }

  private static RunReport run(
      int smmus, int streams, String memory, Policies policies, long attached)
      throws BoardException {
    ScaledBoard board = ScaledBoard.of(smmus, streams, MemoryArgument.parse(memory));
    Board read = BoardReader.read(board.tree(), BoardOptions.DEFAULTS);
    try (Run run = new Run(read, Profile.GENERIC, policies, 1, TraceSink.NONE)) {
      return run.report(attached);
    }
  }

  private static void held(RunReport report, int smmus) {
    for (Attempt attempt : report.attempts()) {
      assertTrue(attempt.asExpected(), attempt::toString);
    }
    assertEquals(Result.HELD, report.result());
    assertEquals(smmus, report.masters().stream().filter(MasterLine::isProtected).count());
    assertEquals(
        smmus * Forbidden.count(By.EACH_MASTER, By.EACH_SMMU, By.EACH_OPEN_SMMU, By.A_PCI_DEVICE),
        report.attempts().stream().filter(a -> a.outcome() == Attempt.Outcome.REFUSED).count());
    assertEquals(0, report.counters().get("hardware_errors"));
    assertEquals(0, report.counters().get("timeouts"));
  }

  @Test
  void theLargestBoardIsProtected() throws BoardException {
    held(run(ScaledBoard.MAX_SMMUS, ScaledBoard.MAX_STREAMS, LARGEST), ScaledBoard.MAX_SMMUS);
  }

  private static List<String> ofMoreStreams(RunReport report, Attempt.Outcome outcome) {
    return report.attempts().stream()
        .filter(attempt -> attempt.outcome() == outcome && attempt.what().contains("more streams"))
        .map(Attempt::what)
        .toList();
  }

  @Test
  void everyStreamCanBeAttached() throws BoardException {
    int streams = 2000;
    RunReport report = run(2, streams, "4G", Policies.DEFAULT, StreamRange.LIMIT);

    assertEquals(Result.HELD, report.result());
    assertEquals(
        List.of(
            "1999 more streams of pcie@4000000000 access a guest's page",
            "1999 more streams of pcie@4010000000 access a guest's page"),
        ofMoreStreams(report, Attempt.Outcome.REFUSED));
    assertEquals(6, ofMoreStreams(report, Attempt.Outcome.ALLOWED).size());
    long spread = report.counters().get("smmu_table_pages");
    RunReport few = run(2, streams, "4G", Policies.DEFAULT, 16);
    assertEquals(spread, few.counters().get("smmu_table_pages"), "16 of 2000: one in each table");
    assertEquals(
        List.of(
            "15 more streams of pcie@4000000000 access a guest's page",
            "15 more streams of pcie@4010000000 access a guest's page"),
        ofMoreStreams(few, Attempt.Outcome.REFUSED));
  }

  @Test
  void aStreamThatGetsThroughIsSeen() throws BoardException {
    PolicyRow unmapsNothing = new ProtectionPolicy.Row(Measure.UNMAP_STAGE2, false, "planted");
    Policies keep = new Policies(PagePolicy.DEFAULT, SmmuPolicy.DEFAULT.with(unmapsNothing));
    RunReport report = run(1, 600, "4G", keep, 3);

    assertEquals(Result.VIOLATED, report.result());
    assertTrue(
        ofMoreStreams(report, Attempt.Outcome.ALLOWED)
            .contains("2 more streams of pcie@4000000000 access a guest's page"));
  }

  @Test
  void workDoesNotGrowWithMemory() throws BoardException {
    RunReport small = run(4, 1024, "4G");
    RunReport large = run(4, 1024, LARGEST);
    held(large, 4);
    assertEquals(small.attempts(), large.attempts());
    Map<String, Long> more = work(small);
    for (String pages : List.of("smmu_table_pages", "el2_pages_used")) {
      // Stage 2 of 4 KiB pages has a table for each 512 GiB, as no block covers that (DDI 0487
      // D8.2).
      more.merge(pages, (16L << 40) / (512L << 30) - 1, Long::sum);
    }
    assertEquals(more, work(large));
  }

  @Test
  void workDoesNotGrowWithStreams() throws BoardException {
    RunReport few = run(4, 1, "4G");
    RunReport many = run(4, ScaledBoard.MAX_STREAMS, "4G");
    held(many, 4);
    assertEquals(work(few), work(many));
  }

  /** What is left for EL2's tables is a share of memory; all else is what was done. */
  private static Map<String, Long> work(RunReport report) {
    Map<String, Long> work = new LinkedHashMap<>(report.counters());
    work.remove("el2_pages_free");
    return work;
  }

  @Test
  void workForEachSmmuIsTheSame() throws BoardException {
    Map<String, Long> one = run(1, 256, "4G").counters();
    Map<String, Long> eight = run(8, 256, "4G").counters();
    for (String each :
        List.of("traps_iommu_access", "commands_forwarded", "commands_rewritten", "shadow_stes")) {
      assertEquals(8 * one.get(each), eight.get(each), each);
    }
  }
}
