package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import portcullis.arch.vmsa.Granule;
import portcullis.board.Board;
import portcullis.check.run.Attempt.Outcome;
import portcullis.check.run.RunReport.Result;
import portcullis.check.run.RunReport.SmmuStatus;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceSink;

/** Unchanged tables on the built-in board: everything that must be refused is, the rest works. */
class DefaultPolicyTest {
  private static final Board BOARD = Boards.builtIn();

  /** Masters of the built-in board that are behind an SMMU, and SMMUs. */
  private static final int MASTERS = 4;

  private static final int SMMUS = 2;

  /** Those that nobody vouches for: EL2 leaves their power on. */
  private static final int OPEN_SMMUS = 1;

  static Stream<Arguments> profilesAndSeeds() {
    return Profile.ALL.stream()
        .flatMap(
            profile ->
                Stream.of(0L, 1L, 7L, -1L, Long.MIN_VALUE)
                    .map(seed -> Arguments.of(profile.name(), seed)));
  }

  private static RunReport run(String profile, long seed) {
    return new Run(
            BOARD, Profile.named(profile).orElseThrow(), Policies.DEFAULT, seed, TraceSink.NONE)
        .report();
  }

  @ParameterizedTest
  @MethodSource("profilesAndSeeds")
  void holds(String profile, long seed) {
    RunReport report = run(profile, seed);
    for (Attempt attempt : report.attempts()) {
      assertTrue(attempt.asExpected(), attempt::toString);
    }
    assertEquals(Result.HELD, report.result());
    assertEquals(profile, report.profile());
    assertEquals(seed, report.seed());
    countersAreSane(report.counters(), profile.equals(Profile.GENERIC.name()));
  }

  /**
   * A run that must be refused nothing but its attempts sees no error of hardware's or of EL2's.
   *
   * @param pri whether the host has page requests, behind the one SMMU with a PCI device
   */
  private static void countersAreSane(Map<String, Long> counters, boolean pri) {
    for (String name : List.of("hardware_errors", "timeouts")) {
      assertEquals(0, counters.get(name), name);
    }
    assertEquals(SMMUS, counters.get("commands_refused"), "an illegal one each");
    assertEquals(
        3 * SMMUS + (pri ? 1 : 0) + OPEN_SMMUS,
        counters.get("traps_refused_hypercall"),
        "gifts of running memory, and power that must stay");
    assertEquals(MASTERS, counters.get("traps_refused_access"), "the CPU's reads of guest pages");
    for (String name :
        List.of(
            "traps_memory_fault",
            "traps_iommu_access",
            "traps_hypercall",
            "commands_forwarded",
            "invalidations",
            "syncs",
            "shadow_stes",
            "smmu_table_pages",
            "el2_pages_free")) {
      assertTrue(counters.get(name) > 0, name);
    }
    assertTrue(counters.get("commands_issued") >= counters.get("syncs"));
    assertTrue(counters.get("el2_pages_used") > counters.get("smmu_table_pages"));
  }

  /** EL2's pages of 16 KiB and 64 KiB, and the host's with them. */
  @ParameterizedTest
  @EnumSource
  void holdsWithPagesOfAnySize(Granule granule) {
    Policies policies = Policies.DEFAULT.with(granule);
    try (Run run = new Run(BOARD, Profile.GENERIC, policies, 1, TraceSink.NONE)) {
      RunReport report = run.report();
      for (Attempt attempt : report.attempts()) {
        assertTrue(attempt.asExpected(), attempt::toString);
      }
      countersAreSane(report.counters(), true);
    }
  }

  @Test
  void everyMasterAndEverySmmuIsAttacked() {
    Map<Forbidden, Integer> tried = new EnumMap<>(Forbidden.class);
    for (Attempt attempt : run(Profile.GENERIC.name(), 1).attempts()) {
      if (attempt.expected() == Outcome.REFUSED && attempt.outcome() != Outcome.SKIPPED) {
        tried.merge(Forbidden.of(BOARD, attempt), 1, Integer::sum);
      }
    }
    Map<Forbidden, Integer> expected = new EnumMap<>(Forbidden.class);
    for (Forbidden kind : Forbidden.values()) {
      expected.put(
          kind,
          switch (kind.by()) {
            case EACH_MASTER -> MASTERS;
            case EACH_SMMU, EACH_ROOMY_SMMU -> SMMUS;
            case EACH_OPEN_SMMU -> OPEN_SMMUS;
            case EACH_VOUCHED_SMMU -> SMMUS - OPEN_SMMUS;
            case A_PCI_DEVICE, A_PLATFORM_DEVICE -> 1;
          });
    }
    assertEquals(expected, tried);
  }

  @Test
  void eachRefusalSaysWhatStoppedIt() {
    for (Attempt attempt : run(Profile.GENERIC.name(), 1).attempts()) {
      if (attempt.outcome() == Outcome.SKIPPED) {
        assertFalse(attempt.by().isBlank(), attempt.what());
      } else if (attempt.expected() == Outcome.ALLOWED) {
        assertEquals("", attempt.by(), attempt.what());
      } else if (Forbidden.of(BOARD, attempt).stoppedByStage2()) {
        assertTrue(attempt.by().endsWith("stage 2: F_TRANSLATION"), attempt::toString);
      } else {
        assertFalse(attempt.by().isBlank(), attempt.what());
      }
    }
  }

  @Test
  void reportsEverySmmuAndEveryMaster() {
    RunReport report = run(Profile.GENERIC.name(), 1);
    assertEquals(
        List.of(
            new RunReport.SmmuLine("iommu@2b400000", 0x2b40_0000, SmmuStatus.PROTECTED, ""),
            new RunReport.SmmuLine("iommu@2b500000", 0x2b50_0000, SmmuStatus.PROTECTED, "")),
        report.smmus());
    assertEquals(
        List.of(
            new RunReport.MasterLine("pcie@40000000", true, "iommu@2b400000", "0x0-0xffff", ""),
            new RunReport.MasterLine("ethernet@30000000", true, "iommu@2b500000", "0x10", ""),
            new RunReport.MasterLine("mmc@30010000", true, "iommu@2b500000", "0x20", ""),
            new RunReport.MasterLine("usb@30020000", true, "iommu@2b500000", "0x30", ""),
            new RunReport.MasterLine(
                "dma-controller@30030000", false, "", "", "has #dma-cells but names no IOMMU")),
        report.masters());
  }
}
