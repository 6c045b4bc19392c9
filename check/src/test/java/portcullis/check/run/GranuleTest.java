package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Register;
import portcullis.arch.vmsa.Granule;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.BuiltInBoard;
import portcullis.board.MemoryArgument;
import portcullis.board.fdt.BoardException;
import portcullis.check.run.Attempt.Outcome;
import portcullis.check.run.RunReport.Result;
import portcullis.check.run.RunReport.SmmuLine;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceSink;

/** The main job with each page that the hypervisor may have (DDI 0487 D8.2.8 to D8.2.10). */
class GranuleTest {
  private static final Board BOARD = Boards.builtIn();

  /** Above what 48 bits name, so that descriptors of 64 KiB pages need FEAT_LPA. */
  private static final String HIGH_MEMORY = "0xc000000000000+8G";

  private static RunReport run(Board board, Profile profile, Policies policies) {
    return new Run(board, profile, policies, 1, TraceSink.NONE).report();
  }

  private static Board withMemory(String memory) throws BoardException {
    return BoardReader.read(
        BuiltInBoard.tree(), BoardOptions.DEFAULTS.withMemory(MemoryArgument.parse(memory)));
  }

  private static void held(RunReport report) {
    for (Attempt attempt : report.attempts()) {
      assertTrue(attempt.asExpected(), attempt::toString);
    }
    assertEquals(Result.HELD, report.result());
    Map<String, Long> counters = report.counters();
    for (String name : List.of("hardware_errors", "timeouts")) {
      assertEquals(0, counters.get(name), name);
    }
    Set<Forbidden> tried = EnumSet.noneOf(Forbidden.class);
    for (Attempt attempt : report.attempts()) {
      if (attempt.expected() == Outcome.REFUSED) {
        tried.add(Forbidden.of(BOARD, attempt));
      }
    }
    assertEquals(EnumSet.allOf(Forbidden.class), tried);
  }

  private static Stream<Granule> larger() {
    return Arrays.stream(Granule.values()).filter(granule -> granule != Granule.SIZE_4K);
  }

  static Stream<Arguments> granulesAndProfiles() {
    return larger()
        .flatMap(
            granule -> Profile.ALL.stream().map(profile -> Arguments.of(granule, profile.name())));
  }

  @ParameterizedTest
  @MethodSource("granulesAndProfiles")
  void holds(Granule granule, String profile) {
    RunReport report =
        run(BOARD, Profile.named(profile).orElseThrow(), Policies.DEFAULT.with(granule));
    held(report);
    assertEquals(granule, report.granule());
  }

  static Stream<Arguments> granulesAndBugs() {
    return larger()
        .flatMap(granule -> PlantedBug.ALL.stream().map(bug -> Arguments.of(granule, bug)));
  }

  /**
   * What a TLB that is not invalidated still leads to depends on the block that it holds, and so on
   * the granule: of such a bug's attempts some may be stopped.
   */
  @ParameterizedTest
  @MethodSource("granulesAndBugs")
  void aBugLetsThroughWhatItMust(Granule granule, PlantedBug bug) {
    RunReport report = run(BOARD, Profile.GENERIC, bug.policies().with(granule));
    assertEquals(Result.VIOLATED, report.result());
    Set<Forbidden> broken = EnumSet.noneOf(Forbidden.class);
    for (Attempt attempt : report.attempts()) {
      if (!attempt.asExpected()) {
        assertEquals(Outcome.REFUSED, attempt.expected(), attempt::toString);
        broken.add(Forbidden.of(BOARD, attempt));
      }
    }
    if (bug.equals(PlantedBug.STALE_TLBS)) {
      assertTrue(bug.succeeds().containsAll(broken), broken::toString);
    } else {
      assertEquals(bug.succeeds(), broken);
    }
  }

  /** IDR5.OAS 0b110: STE.S2PS and S2TTB, queues, tables and every descriptor reach beyond 2^48. */
  @Test
  void pagesOf64KProtectMemoryOf52Bits() throws BoardException {
    Policies policies = Policies.DEFAULT.with(Granule.SIZE_64K);
    held(run(withMemory(HIGH_MEMORY), Profile.GENERIC, policies));
  }

  @Test
  void anSmmuOf48BitsIsRefusedThere() throws BoardException {
    RunReport report =
        run(withMemory(HIGH_MEMORY), Profile.MMU_700_R1, Policies.DEFAULT.with(Granule.SIZE_64K));
    assertEquals(Result.REFUSED, report.result());
    for (SmmuLine smmu : report.smmus()) {
      assertTrue(smmu.reason().contains("IDR5.OAS"), smmu::toString);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anSmmuThatDoesNotWalkSuchPagesIsRefused(Granule granule) {
    // VMSAv8-32 tables would need the 4KB granule.
    Profile narrow =
        Profile.GENERIC
            .with(Register.IDR0, Idr0.TTF, Idr0.TTF_AARCH64)
            .with(Register.IDR5, Idr5.VAX, 0)
            .withOutputSize(48);
    Profile profile =
        narrow.with(
            Register.IDR5,
            switch (granule) {
              case SIZE_4K -> Idr5.GRAN4K;
              case SIZE_16K -> Idr5.GRAN16K;
              case SIZE_64K -> Idr5.GRAN64K;
            },
            0);
    RunReport report = run(BOARD, profile, Policies.DEFAULT.with(granule));
    assertEquals(Result.REFUSED, report.result());
    for (SmmuLine smmu : report.smmus()) {
      assertTrue(smmu.reason().contains("IDR5.GRAN"), smmu::toString);
    }
  }
}
