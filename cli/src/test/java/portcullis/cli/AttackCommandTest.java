package portcullis.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import portcullis.arch.vmsa.Granule;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.BuiltInBoard;
import portcullis.board.fdt.BoardException;
import portcullis.check.hostile.Action;
import portcullis.check.hostile.HostileReport;
import portcullis.check.hostile.Outcome;
import portcullis.check.hostile.PolicyUse;
import portcullis.check.hostile.Reached;
import portcullis.check.hostile.Violation;
import portcullis.machine.smmuv3.profile.Profile;

/** {@code portcullis attack}: what it tells, and how it ends. */
class AttackCommandTest {

  @Test
  void tellsWhatWasDone() {
    Ran ran = Ran.line("attack --actions 500 --seed 3");
    assertAll(
        () -> assertEquals(ExitCode.FINE, ran.code()),
        () -> assertEquals("", ran.err()),
        () -> assertTrue(ran.out().contains("\nseed       3\nactions    500 in "), ran.out()),
        () -> assertTrue(ran.out().endsWith("\n\nresult: held\n"), ran.out()));
  }

  @Test
  void sameSeedSameActions() {
    Map<String, Object> first = json("attack --actions 400 --seed 9 --json");
    Map<String, Object> second = json("attack --actions 400 --seed 9 --json");
    assertEquals(first.get("reached"), second.get("reached"));
    assertEquals(first.get("performed"), second.get("performed"));
    assertEquals(400L, first.get("actions"));
    assertEquals("held", first.get("result"));
    assertEquals(
        "mmu-700-r1", json("attack --actions 9 --profile mmu-700-r1 --json").get("profile"));
  }

  @Test
  void tellsOutcomesAndRowsOfThePolicy() {
    Map<String, Object> report = json("attack --actions 300 --coverage --json");
    Map<?, ?> outcomes = (Map<?, ?>) report.get("outcomes");
    Map<?, ?> performed = (Map<?, ?>) report.get("performed");
    performed.forEach(
        (action, count) -> {
          Map<?, ?> its = (Map<?, ?>) outcomes.get(action);
          long sum = its.values().stream().mapToLong(Long.class::cast).sum();
          assertEquals(count, sum, action::toString);
        });
    List<?> rows = (List<?>) report.get("policy");
    assertTrue(rows.size() > 200, () -> rows.size() + " rows");
    Ran text = Ran.line("attack --actions 300 --coverage").assertCode(ExitCode.FINE);
    assertTrue(text.out().contains("\npolicy     " + rows.size() + " rows: "), text::out);
    assertTrue(text.out().contains("\nnever      "), text::out);
  }

  @Test
  void stopsInTime() {
    Map<String, Object> report = json("attack --actions 1000000000 --time 1s --json");
    assertEquals("held", report.get("result"));
    assertTrue((long) report.get("milliseconds") >= 1000);
    assertTrue((long) report.get("actions") > 100);
  }

  @Test
  void violationIsToldWithItsTrail() throws BoardException {
    HostileReport report =
        new HostileReport(
            1,
            12,
            3,
            0,
            Map.of(Action.DMA, 4L),
            Map.of(
                Action.DMA, Map.of(Outcome.ACCEPTED, 1L, Outcome.REFUSED, 3L, Outcome.ERROR, 0L)),
            Map.of(Reached.DONATED, 2L),
            List.of(new PolicyUse("registers", "CR0 read", 5), new PolicyUse("ste", "STE.V", 0)),
            0,
            Optional.of(new Violation(12, "smmu dma", "reached 0x40", List.of("11 a", "12 b"))));
    Board board = BoardReader.read(BuiltInBoard.tree(), BoardOptions.DEFAULTS);
    StringWriter text = new StringWriter();
    AttackText.print(report, board, Profile.GENERIC, Granule.SIZE_4K, 1, new PrintWriter(text));
    assertTrue(
        text.toString()
            .endsWith(
                """

                policy     2 rows: 1 applied 5 times
                never      ste: STE.V

                violation: reached 0x40
                  by action 12: smmu dma

                the last actions:
                  11 a
                  12 b

                result: violated
                """),
        text.toString());
    StringWriter json = new StringWriter();
    AttackJson.write(report, board, Profile.GENERIC, Granule.SIZE_4K, 1, new PrintWriter(json));
    Map<String, Object> object = JsonTree.object(json.toString());
    assertEquals(
        Map.of(
            "action",
            12L,
            "what",
            "smmu dma",
            "finding",
            "reached 0x40",
            "trail",
            List.of("11 a", "12 b")),
        object.get("violation"));
    assertEquals("violated", object.get("result"));
  }

  private static Map<String, Object> json(String arguments) {
    return JsonTree.object(Ran.line(arguments).assertCode(ExitCode.FINE).out());
  }
}
