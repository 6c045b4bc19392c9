package portcullis.check.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.BuiltInBoard;
import portcullis.board.fdt.BoardException;
import portcullis.check.hostile.HostileCampaign;
import portcullis.check.hostile.HostileReport;
import portcullis.check.run.Policies;
import portcullis.check.run.Run;
import portcullis.check.run.RunReport;
import portcullis.hyp.mem.PagePolicy;
import portcullis.hyp.smmuv3.SmmuPolicy;
import portcullis.hyp.smmuv3.Stage2Policy;
import portcullis.hyp.smmuv3.Stage2Policy.Choice;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceSink;

/** Rules that are compared by cost isolate alike. */
class RulesIsolateTest {
  private static final Board BOARD = board();
  private static final Profile PROFILE = Profile.GENERIC.withStreamIdBits(16);

  /** Few: a look at tables of pages only takes long. */
  private static final int V6_ACTIONS = 200;

  private static final int ACTIONS = 5_000;

  private static Board board() {
    try {
      return BoardReader.read(BuiltInBoard.tree(), BoardOptions.DEFAULTS);
    } catch (BoardException e) {
      throw new AssertionError(e);
    }
  }

  private static Policies policies(Stage2Policy stage2) {
    return new Policies(PagePolicy.DEFAULT, SmmuPolicy.DEFAULT.with(stage2));
  }

  private static void assertHolds(Stage2Policy rules, int actions) {
    RunReport run = new Run(BOARD, Profile.GENERIC, policies(rules), 3, TraceSink.NONE).report();
    assertEquals(RunReport.Result.HELD, run.result());
    HostileReport report = HostileCampaign.run(BOARD, PROFILE, policies(rules), 1, actions);
    assertTrue(report.violation().isEmpty(), () -> report.violation().toString());
  }

  @Test
  void v6Holds() {
    assertHolds(Stage2Policy.V6, V6_ACTIONS);
  }

  @Test
  void tablesThatAreNotMergedHold() {
    assertHolds(
        Stage2Policy.DEFAULT.with(new Stage2Policy.Row(Choice.MERGE_BLOCKS, false, "test")),
        ACTIONS);
  }

  @Test
  void everyRulesAreNamedOnce() {
    List<String> labels = Arrays.stream(Rules.values()).map(Rules::label).toList();
    assertEquals(labels.stream().distinct().toList(), labels);
    assertEquals(Stage2Policy.DEFAULT, Rules.DEFAULT.policy().stage2());
  }
}
