package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import portcullis.board.Board;
import portcullis.board.Smmu;
import portcullis.check.NonCoherent;
import portcullis.check.run.RunReport.Result;
import portcullis.check.run.RunReport.SmmuStatus;
import portcullis.hyp.smmuv3.ProtectionPolicy;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceSink;

/**
 * SMMUs that do not look into the CPUs' caches (IHI 0070 3.15): EL2 and the host's driver clean for
 * them, and a clean that is missing shows.
 */
class NonCoherentTest {
  private static final Board COHERENT = Boards.builtIn();
  private static final Board BOARD = NonCoherent.all(COHERENT);

  /** One SMMU and its masters snoop, the other SMMU and its masters do not. */
  private static final Board MIXED =
      NonCoherent.some(
          COHERENT,
          smmu -> smmu.index() == 1,
          master -> master.streams().stream().anyMatch(range -> range.smmu() == 1));

  private static RunReport run(Board board, Policies policies, long seed) {
    return run(board, Profile.GENERIC, policies, seed);
  }

  private static RunReport run(Board board, Profile profile, Policies policies, long seed) {
    return new Run(board, profile, policies, seed, TraceSink.NONE).report();
  }

  private static void held(RunReport report) {
    for (Attempt attempt : report.attempts()) {
      assertTrue(attempt.asExpected(), attempt::toString);
    }
    assertEquals(Result.HELD, report.result());
    for (String name : List.of("hardware_errors", "timeouts")) {
      assertEquals(0, report.counters().get(name), name);
    }
    assertEquals(2, report.counters().get("commands_refused"), "an illegal one for each SMMU");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void holdsAsOnACoherentBoard(long seed) {
    RunReport report = run(BOARD, Policies.DEFAULT, seed);
    held(report);
    // Only what is coherent has Enhanced Command queues (IHI 0070 6.3.2).
    Profile less = Profile.GENERIC.withoutEnhancedQueues();
    RunReport coherent = run(COHERENT, less, Policies.DEFAULT, seed);
    assertEquals(coherent.attempts(), report.attempts());
    assertTrue(report.counters().get("lines_cleaned") > 0);
    assertEquals(0, coherent.counters().get("lines_cleaned"), "coherent SMMUs cost nothing");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void holdsOnABoardWithOneOfEach(long seed) {
    RunReport report = run(MIXED, Policies.DEFAULT, seed);
    held(report);
    long all = run(BOARD, Policies.DEFAULT, seed).counters().get("lines_cleaned");
    assertTrue(report.counters().get("lines_cleaned") < all);
  }

  @Test
  void masterMayLookIntoCachesWhereItsSmmuDoesNot() {
    held(run(NonCoherent.some(COHERENT, smmu -> true, master -> false), Policies.DEFAULT, 1));
    held(run(NonCoherent.some(COHERENT, smmu -> false, master -> true), Policies.DEFAULT, 1));
  }

  @Test
  void strictRefuses() {
    RunReport report = run(BOARD, Policies.DEFAULT.with(ProtectionPolicy.STRICT), 1);
    assertEquals(Result.REFUSED, report.result());
    for (RunReport.SmmuLine line : report.smmus()) {
      assertTrue(line.reason().contains("not coherent"), line::reason);
    }
    RunReport mixed = run(MIXED, Policies.DEFAULT.with(ProtectionPolicy.STRICT), 1);
    assertEquals(
        List.of(SmmuStatus.PROTECTED, SmmuStatus.REFUSED),
        mixed.smmus().stream().map(RunReport.SmmuLine::status).toList());
    assertEquals(Result.HELD, mixed.result());
    assertEquals(0, mixed.counters().get("lines_cleaned"));
  }

  /**
   * Each kind of maintenance is needed: without it the run does not hold. (Without that of commands
   * EL2 does not even take the SMMU over, after some seconds of waiting.)
   */
  @ParameterizedTest
  @EnumSource(names = {"CLEAN_STREAM_TABLE", "CLEAN_STAGE2", "REFRESH_HOST_MEMORY"})
  void showsWhatIsMissing(Measure measure) {
    Policies policies = Policies.DEFAULT.with(new ProtectionPolicy.Row(measure, false, "planted"));
    assertNotEquals(Result.HELD, run(BOARD, policies, 1).result());
    held(run(COHERENT, policies, 1));
  }

  @Test
  void boardsAreTheOnesThatAreMeant() {
    assertTrue(BOARD.smmus().stream().noneMatch(Smmu::coherent));
    assertEquals(1, MIXED.smmus().stream().filter(Smmu::coherent).count());
  }
}
