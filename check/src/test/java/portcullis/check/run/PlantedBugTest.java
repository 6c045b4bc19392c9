package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import portcullis.board.Board;
import portcullis.check.run.Attempt.Outcome;
import portcullis.check.run.RunReport.Result;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceSink;

/**
 * Each forbidden attempt is refused because of rows that can be named: with them changed it
 * succeeds, the run says so, and nothing else changes.
 */
class PlantedBugTest {
  private static final Board BOARD = Boards.builtIn();

  static List<PlantedBug> bugs() {
    return PlantedBug.ALL;
  }

  private static RunReport run(Policies policies) {
    return new Run(BOARD, Profile.GENERIC, policies, 1, TraceSink.NONE).report();
  }

  @ParameterizedTest
  @MethodSource("bugs")
  void letsThroughWhatItMust(PlantedBug bug) {
    RunReport report = run(bug.policies());
    assertEquals(Result.VIOLATED, report.result());
    for (Attempt attempt : report.attempts()) {
      boolean broken =
          attempt.expected() == Outcome.REFUSED
              && attempt.outcome() != Outcome.SKIPPED
              && bug.succeeds().contains(Forbidden.of(BOARD, attempt));
      assertEquals(!broken, attempt.asExpected(), attempt::toString);
      assertEquals(attempt.outcome() == Outcome.ALLOWED, attempt.by().isEmpty());
    }
    assertTrue(attempted(report).containsAll(bug.succeeds()), "not all of it was attempted");
  }

  @Test
  void everyForbiddenAttemptHasABug() {
    Set<Forbidden> succeeds = EnumSet.noneOf(Forbidden.class);
    PlantedBug.ALL.forEach(bug -> succeeds.addAll(bug.succeeds()));
    assertEquals(EnumSet.allOf(Forbidden.class), succeeds);
    assertEquals(succeeds, attempted(run(Policies.DEFAULT)));
  }

  private static Set<Forbidden> attempted(RunReport report) {
    Set<Forbidden> kinds = EnumSet.noneOf(Forbidden.class);
    for (Attempt attempt : report.attempts()) {
      if (attempt.expected() == Outcome.REFUSED && attempt.outcome() != Outcome.SKIPPED) {
        kinds.add(Forbidden.of(BOARD, attempt));
      }
    }
    return kinds;
  }
}
