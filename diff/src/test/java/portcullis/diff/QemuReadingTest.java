package portcullis.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(300)
class QemuReadingTest {
  private static final int CASES = 3000;

  /**
   * One stage at a time, stage 2 is asked for what the model asks it for (IHI 0070 3.4, 7.3.22).
   */
  @Test
  void withoutAWayOfQemuItIsTheModel() {
    Generator generator = new Generator(3);
    ModelSide model = new ModelSide(new Wiring());
    for (int index = 0; index < CASES; index++) {
      Case of = generator.next(index);
      model.run(
          of,
          (step, here, side) -> {
            if (here.step() instanceof Step.Dma dma) {
              FreshModel.Overlay now = FreshModel.Overlay.NONE;
              Outcome expected = side.fresh().evaluate(dma, now);
              QemuReading reading =
                  new QemuReading(
                      side.fresh(),
                      side.memory(),
                      dma,
                      Sight.same(now),
                      QemuReading.Supposition.NOTHING);
              assertEquals(expected, reading.whole(), () -> of.name() + " step " + step);
            }
          });
    }
  }

  /**
   * A change of stage 2 that is not invalidated yet (IHI 0070 4.4) is seen by one fetch and not by
   * another: no case ends as undecided, nor is the difference taken for more than it is.
   */
  @ParameterizedTest
  @CsvSource({
    "table-seen-new, 'TABLE_FETCH_S2, TABLE_FETCH_IPA, SIGNAL_EACH', complete",
    "second-root-seen-new, 'RNW_OF_FETCH, ROOTS_EARLY', at another allowed outcome",
    "kept-root-and-what-may-be-unseen, 'TABLE_FETCH_S2, TTB_WITH_CONFIGURATION', at another allowed"
        + " outcome",
    "table-start-and-zeros, 'PRIVILEGE_IGNORED, TABLE_START', at a deviation",
    "read-of-what-was-there, '', at another allowed outcome",
    "read-behind-what-may-be-unseen, 'IPA_LOW_BITS, READ_AFTER_WRITE', at another allowed outcome"
  })
  void eachUseOfStage2IsLookedAtByItself(String file, String by, String end)
      throws IOException, CaseException {
    Path path = Path.of("../diff/src/test/cases/" + file + ".txt");
    DiffReport report = QemuDiff.replay(Installed.qemu(), Files.readAllLines(path));
    assertEquals(List.of(), report.findings());
    assertEquals(
        by,
        String.join(
            ", ",
            report.deviations().stream()
                .filter(row -> row.cases() > 0)
                .map(DiffReport.Used::name)
                .toList()));
    assertEquals(1, report.coverage().get("cases by how far they were compared").get(end));
  }

  /** Several departures of QEMU's from IHI 0070 3.4, 4.3 and 5.2 met in one DMA. */
  @ParameterizedTest
  @CsvSource({
    "kept-root, TTB_WITH_CONFIGURATION",
    "kept-root-of-a-split-table, TTB_WITH_CONFIGURATION",
    "kept-root-and-ptw, TTB_WITH_CONFIGURATION",
    "unaligned-root, TABLE_START",
    "start-level-and-zeros, START_LEVEL",
    "span-beyond-memory, SPAN",
    "span-and-a-context-beyond-memory, SPAN",
    "write-behind-a-later-table, CONCATENATION"
  })
  void severalWaysAtOnceAreExplained(String file, Deviation by) throws IOException, CaseException {
    Path path = Path.of("../diff/src/test/cases/" + file + ".txt");
    DiffReport report = QemuDiff.replay(Installed.qemu(), Files.readAllLines(path));
    assertEquals(List.of(), report.findings());
    assertEquals(
        List.of(by.name()),
        report.deviations().stream()
            .filter(row -> row.cases() > 0)
            .map(DiffReport.Used::name)
            .toList());
  }

  /**
   * What QEMU makes of a block at a level that has none (DDI 0487 D8.3.1), of Span (IHI 0070 5.1)
   * and of an event that does not fit (7.4) is predicted: the case is compared to its end.
   */
  @ParameterizedTest
  @CsvSource({
    "reserved-block, RESERVED_BLOCK",
    "reserved-block-beyond-stage-2, 'IPA_LOW_BITS, RESERVED_BLOCK'",
    "reserved-block-and-start-level, 'RESERVED_BLOCK, START_LEVEL'",
    "span, 'CONTEXT_BEYOND_IAS, SIGNAL_EACH, SPAN, WRITABLE_WHILE_ENABLED'",
    "overflow, OVERFLOW",
    "root-cut, 'TABLE_START, ROOT_CUT'"
  })
  void theRestIsComparedAfterIt(String file, String by) throws IOException, CaseException {
    eachUseOfStage2IsLookedAtByItself(file, by, "complete");
  }
}
