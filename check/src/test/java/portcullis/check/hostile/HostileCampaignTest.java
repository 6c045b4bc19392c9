package portcullis.check.hostile;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import portcullis.board.AcpiBoardReader;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.BuiltInBoard;
import portcullis.board.MemoryArgument;
import portcullis.board.acpi.AcpiTable;
import portcullis.board.acpi.AcpiTables;
import portcullis.board.acpi.IortWriter;
import portcullis.board.fdt.BoardException;
import portcullis.check.NonCoherent;
import portcullis.check.run.Policies;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.hyp.smmuv3.RegisterPolicy.Stray;
import portcullis.machine.smmuv3.profile.CacheKind;
import portcullis.machine.smmuv3.profile.Profile;

/**
 * The hypervisor against a host that does anything. By default some seconds; {@code
 * -Dportcullis.hostile.actions=N} makes the searches for a violation N actions long for each seed,
 * and {@code -Dportcullis.hostile.seed=S} begins with another seed.
 */
class HostileCampaignTest {
  private static final int ACTIONS = Integer.getInteger("portcullis.hostile.actions", 30_000);
  private static final long FIRST_SEED = Long.getLong("portcullis.hostile.seed", 1);
  private static final int SEEDS = 2;

  /** Seeds with which each planted bug is looked for; 10 were tried. */
  private static final int BUG_SEEDS = Integer.getInteger("portcullis.hostile.bugSeeds", 2);

  /** So many actions meet every row. */
  private static final int COVERING = 200_000;

  /** A bug must show within this many actions, whatever the seed. */
  private static final int ENOUGH = 15_000;

  private static final Profile PROFILE = Profile.GENERIC.withStreamIdBits(16);
  private static final Board BOARD = board();

  private static Board board() {
    try {
      return BoardReader.read(BuiltInBoard.tree(), BoardOptions.DEFAULTS);
    } catch (BoardException e) {
      throw new IllegalStateException(e);
    }
  }

  static LongStream seeds() {
    return LongStream.range(FIRST_SEED, FIRST_SEED + SEEDS);
  }

  static Stream<Profile> otherProfiles() {
    return Profile.ALL.stream()
        .filter(profile -> !profile.equals(Profile.GENERIC))
        .map(profile -> profile.withStreamIdBits(16));
  }

  static Stream<PlantedBug> plantedBugs() {
    return PlantedBug.all().stream();
  }

  private static String violationOf(HostileReport report) {
    return "seed %d: %s".formatted(report.seed(), report.violation());
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void holdsAndReachesWhatMatters(long seed) {
    HostileReport report = HostileCampaign.run(BOARD, PROFILE, Policies.DEFAULT, seed, ACTIONS);
    assertTrue(report.violation().isEmpty(), () -> violationOf(report));
    assertEquals(ACTIONS, report.actions());
    assertEquals(0, report.timeouts());
    Set<Reached> missed = EnumSet.allOf(Reached.class);
    missed.removeIf(state -> report.reached().get(state) > 0);
    assertEquals(Set.of(), missed);
    assertFalse(report.performed().containsValue(0L));
  }

  /** Two SMMUs that firmware describes by an IORT (DEN 0049E); the built-in board has a tree. */
  @Test
  void holdsOnABoardOfAcpi() throws BoardException {
    IortWriter iort = new IortWriter();
    int first = iort.smmu(0x1000_0000L, 1, 0, 74);
    int second = iort.smmu(0x1100_0000L, 1, 0, 84);
    iort.rootComplex(0, true);
    iort.map(0, 0x1_0000, 0, first);
    iort.named("\\_SB.GPU0", true);
    iort.mapAll(3, second);
    Board board =
        AcpiBoardReader.read(
            AcpiTables.of(List.of(AcpiTable.parse(iort.table(), "iort.bin"))),
            BoardOptions.DEFAULTS.withMemory(MemoryArgument.parse("0x80000000+2G")));
    assertEquals(2, board.smmus().size());
    HostileReport report =
        HostileCampaign.run(board, PROFILE, Policies.DEFAULT, FIRST_SEED, ACTIONS / 3);
    assertTrue(report.violation().isEmpty(), () -> violationOf(report));
    assertTrue(report.reached().get(Reached.DMA_NESTED) > 0);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("otherProfiles")
  void holdsOnEveryProfile(Profile profile) {
    HostileReport report =
        HostileCampaign.run(BOARD, profile, Policies.DEFAULT, FIRST_SEED, ACTIONS / 3);
    assertTrue(report.violation().isEmpty(), () -> violationOf(report));
    assertTrue(report.reached().get(Reached.DMA_NESTED) > 0);
  }

  /** No SMMU and no master looks into the CPUs' caches, which write back when they like. */
  @Test
  void holdsOnANonCoherentBoard() {
    HostileReport report =
        HostileCampaign.run(
            NonCoherent.all(BOARD), PROFILE, Policies.DEFAULT, FIRST_SEED, ACTIONS / 3);
    assertTrue(report.violation().isEmpty(), () -> violationOf(report));
    assertEquals(0, report.timeouts());
    assertTrue(report.reached().get(Reached.DMA_NESTED) > 0);
    assertTrue(report.reached().get(Reached.DONATED) > 0);
  }

  @ParameterizedTest
  @EnumSource(names = {"CLEAN_STREAM_TABLE", "CLEAN_STAGE2"})
  void findsAMissingClean(Measure measure) {
    Policies policies = PlantedBug.untaken(measure).policies();
    HostileReport report =
        HostileCampaign.run(NonCoherent.all(BOARD), PROFILE, policies, 1, ENOUGH);
    String finding = report.violation().orElseThrow().finding();
    assertFalse(finding.startsWith(HostileCampaign.THROWN), finding);
  }

  /** With all that an SMMU may hold, whatever it happens to hold. */
  @Test
  void holdsWithArchitecturalCaches() {
    Profile profile = PROFILE.withCaches(CacheKind.ARCHITECTURAL);
    HostileReport report =
        HostileCampaign.run(BOARD, profile, Policies.DEFAULT, FIRST_SEED, ACTIONS / 3);
    assertTrue(report.violation().isEmpty(), () -> violationOf(report));
    assertTrue(report.reached().get(Reached.DONATED) > 0);
  }

  /** The first donation that a running SMMU should have been told of. */
  @ParameterizedTest
  @EnumSource(names = {"INVALIDATE_STAGE2", "INVALIDATE_NESTED"})
  void architecturalCachesShowAMissingInvalidationAtOnce(Measure measure) {
    PlantedBug bug = PlantedBug.untaken(measure);
    Profile profile = PROFILE.withCaches(CacheKind.ARCHITECTURAL);
    HostileReport report = HostileCampaign.run(BOARD, profile, bug.policies(), 1, ENOUGH);
    Violation violation = report.violation().orElseThrow();
    assertTrue(violation.finding().contains("may still hold"), violation::toString);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("plantedBugs")
  void findsPlantedBug(PlantedBug bug) {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + BUG_SEEDS; seed++) {
      HostileReport report = HostileCampaign.run(BOARD, PROFILE, bug.policies(), seed, ENOUGH);
      assertTrue(report.violation().isPresent(), bug.name() + ", seed " + seed);
      // Not by an assertion of EL2's own: the oracle must see it.
      String finding = report.violation().get().finding();
      assertFalse(finding.startsWith(HostileCampaign.THROWN), finding);
    }
  }

  /** Every row but those that no host on this board can meet. */
  @Test
  void appliesEveryRowOfThePolicy() {
    HostileReport report =
        HostileCampaign.runForCoverage(
            BOARD, PROFILE, Policies.DEFAULT, FIRST_SEED, COVERING, _ -> true);
    assertTrue(report.violation().isEmpty(), () -> violationOf(report));
    List<String> never =
        report.uses().stream().filter(use -> use.count() == 0).map(PolicyUse::row).toList();
    // Its CPUs abort what is not aligned before EL2 sees it.
    assertEquals(List.of(Stray.MISALIGNED.name()), never, () -> "never applied: " + never);
    report
        .outcomes()
        .forEach(
            (action, outcomes) -> assertTrue(outcomes.get(Outcome.ACCEPTED) > 0, action::name));
    assertTrue(report.outcomes().get(Action.HYPERCALL).get(Outcome.REFUSED) > 0);
    assertTrue(report.outcomes().get(Action.COMMANDS).get(Outcome.ERROR) > 0);
  }

  /** A host that begins anew again and again leaves nothing behind, neither in EL2 nor here. */
  @Test
  void givesEverythingUpFromTimeToTime() {
    HostileReport report = HostileCampaign.run(BOARD, PROFILE, Policies.DEFAULT, 11, 40_000);
    assertTrue(report.violation().isEmpty(), () -> violationOf(report));
    assertEquals(2, report.givenUp());
  }

  @Test
  void sameSeedSameReport() {
    HostileReport first = HostileCampaign.run(BOARD, PROFILE, Policies.DEFAULT, 7, 2_000);
    HostileReport second = HostileCampaign.run(BOARD, PROFILE, Policies.DEFAULT, 7, 2_000);
    HostileReport other = HostileCampaign.run(BOARD, PROFILE, Policies.DEFAULT, 8, 2_000);
    assertAll(
        () -> assertEquals(first, second),
        () -> assertNotEquals(first.performed(), other.performed()));
  }

  @Test
  void violationIsNamedExactly() {
    PlantedBug bug = PlantedBug.all().getLast();
    HostileReport report = HostileCampaign.run(BOARD, PROFILE, bug.policies(), 1, ENOUGH);
    HostileReport shorter =
        HostileCampaign.run(
            BOARD, PROFILE, bug.policies(), 1, (int) report.violation().orElseThrow().action() - 1);
    // What a bug leaves behind once all is given up may be there before it does harm.
    shorter
        .violation()
        .ifPresent(
            left -> assertTrue(left.finding().startsWith("after everything"), left::finding));
  }
}
