package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.MemoryArgument;
import portcullis.board.ScaledBoard;
import portcullis.board.fdt.BoardException;
import portcullis.check.run.RunReport.MasterLine;
import portcullis.check.run.RunReport.Result;
import portcullis.machine.smmuv3.Profile;
import portcullis.platform.trace.TraceSink;

/** What grows with SMMUs, streams and memory, and what does not; up to the largest board. */
class ScaleTest {
  private static final String LARGEST = "16T";

  private static RunReport run(int smmus, int streams, String memory) throws BoardException {
    ScaledBoard board = ScaledBoard.of(smmus, streams, MemoryArgument.parse(memory));
    return new Run(
            BoardReader.read(board.tree(), BoardOptions.DEFAULTS),
            Profile.GENERIC,
            Policies.DEFAULT,
            1,
            TraceSink.NONE)
        .report();
  }

  private static void held(RunReport report, int smmus) {
    for (Attempt attempt : report.attempts()) {
      assertTrue(attempt.asExpected(), attempt::toString);
    }
    assertEquals(Result.HELD, report.result());
    assertEquals(smmus, report.masters().stream().filter(MasterLine::isProtected).count());
    assertEquals(
        (long) smmus * Forbidden.values().length,
        report.attempts().stream().filter(a -> a.outcome() == Attempt.Outcome.REFUSED).count());
    assertEquals(0, report.counters().get("hardware_errors"));
    assertEquals(0, report.counters().get("timeouts"));
  }

  @Test
  void theLargestBoardIsProtected() throws BoardException {
    held(run(ScaledBoard.MAX_SMMUS, ScaledBoard.MAX_STREAMS, LARGEST), ScaledBoard.MAX_SMMUS);
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
