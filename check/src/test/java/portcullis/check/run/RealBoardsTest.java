package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import portcullis.board.BoardOptions;
import portcullis.board.MemoryArgument;
import portcullis.board.fdt.BoardException;
import portcullis.check.run.Attempt.Outcome;
import portcullis.check.run.Forbidden.By;
import portcullis.check.run.RunReport.MasterLine;
import portcullis.check.run.RunReport.Result;
import portcullis.check.run.RunReport.SmmuLine;
import portcullis.check.run.RunReport.SmmuStatus;
import portcullis.hyp.smmuv3.ProtectionPolicy;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceSink;

/** Real boards' trees, where they lie in {@code shared/boards} beside the project. */
class RealBoardsTest {
  private static final List<SmmuLine> HIP07 =
      List.of(
          new SmmuLine(
              "iommu@a0040000",
              0xa004_0000L,
              SmmuStatus.DISABLED,
              "the device tree disables it: left alone"),
          isProtected("iommu@d0040000", 0xd004_0000L),
          isProtected("iommu@8d0040000", 0x8_d004_0000L),
          isProtected("iommu@400d0040000", 0x400_d004_0000L),
          isProtected("iommu@408d0040000", 0x408_d004_0000L));

  private static SmmuLine isProtected(String name, long base) {
    return new SmmuLine(name, base, SmmuStatus.PROTECTED, "");
  }

  private static RunReport run(String name, BoardOptions options) throws BoardException {
    return run(name, options, Policies.DEFAULT);
  }

  private static RunReport run(String name, BoardOptions options, Policies policies)
      throws BoardException {
    return new Run(Boards.shared(name, options), Profile.GENERIC, policies, 1, TraceSink.NONE)
        .report();
  }

  private static List<String> protectedMasters(RunReport report) {
    return report.masters().stream()
        .filter(MasterLine::isProtected)
        .map(master -> master.name() + " by " + master.smmus())
        .toList();
  }

  private static long refused(RunReport report) {
    return report.attempts().stream().filter(a -> a.outcome() == Outcome.REFUSED).count();
  }

  private static void held(RunReport report) {
    for (Attempt attempt : report.attempts()) {
      assertTrue(attempt.asExpected(), attempt::toString);
    }
    assertEquals(Result.HELD, report.result());
    assertEquals(0, report.counters().get("hardware_errors"));
    assertEquals(0, report.counters().get("timeouts"));
  }

  /** Nothing was taken, so nothing was attacked, and every master says why it is on its own. */
  private static void refusedAsAWhole(RunReport report) {
    assertEquals(Result.REFUSED, report.result());
    assertEquals(List.of(), report.attempts());
    assertEquals(List.of(), protectedMasters(report));
    for (MasterLine master : report.masters()) {
      assertFalse(master.reason().isBlank(), master.name());
    }
  }

  @Test
  void fvp() throws BoardException {
    RunReport report = run("fvp-base-revc.dtb", BoardOptions.DEFAULTS);
    held(report);
    assertEquals(List.of(isProtected("iommu@2b400000", 0x2b40_0000)), report.smmus());
    assertEquals(List.of("pci@40000000 by iommu@2b400000"), protectedMasters(report));
    assertEquals(
        Forbidden.count(
            By.EACH_MASTER, By.EACH_SMMU, By.EACH_ROOMY_SMMU, By.EACH_OPEN_SMMU, By.A_PCI_DEVICE),
        refused(report));
  }

  @Test
  void hip07() throws BoardException {
    hip07(BoardOptions.DEFAULTS);
  }

  @Test
  void hip07WithTheMemoryOfTwoSockets() throws BoardException {
    RunReport report =
        hip07(BoardOptions.DEFAULTS.withMemory(MemoryArgument.parse("0x0+32G,0x40000000000+32G")));
    assertEquals(1, report.board().overrides().size());
    assertTrue(report.board().memoryBytes() > 63L << 30);
  }

  private static RunReport hip07(BoardOptions options) throws BoardException {
    RunReport report = run("hip07-d05.dtb", options);
    held(report);
    assertEquals(HIP07, report.smmus());
    assertEquals(
        List.of(
            "crypto@d0000000 by iommu@d0040000",
            "crypto@8d0000000 by iommu@8d0040000",
            "crypto@400d0000000 by iommu@400d0040000",
            "crypto@408d0000000 by iommu@408d0040000"),
        protectedMasters(report));
    assertEquals(
        4 * Forbidden.count(By.EACH_MASTER, By.EACH_SMMU, By.EACH_OPEN_SMMU, By.A_PLATFORM_DEVICE),
        refused(report));
    return report;
  }

  /** EL2 cleans the caches for it. */
  @Test
  void k3IsNotCoherent() throws BoardException {
    RunReport report = run("k3-j721e-evm.dtb", BoardOptions.DEFAULTS);
    held(report);
    assertEquals(List.of(isProtected("iommu@36600000", 0x3660_0000)), report.smmus());
    assertEquals(5, refused(report), "what needs no master");
    assertEquals(List.of(), report.board().overrides());
    assertTrue(report.counters().get("lines_cleaned") > 0);
  }

  @Test
  void k3IsRefusedStrictly() throws BoardException {
    Policies strict = Policies.DEFAULT.with(ProtectionPolicy.STRICT);
    RunReport report = run("k3-j721e-evm.dtb", BoardOptions.DEFAULTS, strict);
    refusedAsAWhole(report);
    assertEquals(1, report.smmus().size());
    SmmuLine smmu = report.smmus().getFirst();
    assertEquals(SmmuStatus.REFUSED, smmu.status());
    assertTrue(smmu.reason().contains("not coherent"), smmu.reason());
  }

  @Test
  void k3AssumedCoherent() throws BoardException {
    RunReport report = run("k3-j721e-evm.dtb", BoardOptions.DEFAULTS.withAssumeCoherent());
    held(report);
    assertEquals(List.of(isProtected("iommu@36600000", 0x3660_0000)), report.smmus());
    assertEquals(List.of(), protectedMasters(report), "the tree has none behind it");
    assertEquals(5, refused(report), "what needs no master");
    assertEquals(1, report.board().overrides().size());
  }

  @Test
  void rk3588HasNothingEnabled() throws BoardException {
    RunReport report = run("rk3588-rock-5b.dtb", BoardOptions.DEFAULTS);
    refusedAsAWhole(report);
    assertEquals(
        List.of(SmmuStatus.DISABLED, SmmuStatus.DISABLED),
        report.smmus().stream().map(SmmuLine::status).toList());
    assertEquals(List.of(), report.board().memory());
    assertEquals(Map.of(), report.counters(), "nothing was built");
    assertTrue(
        report.masters().stream()
            .map(MasterLine::reason)
            .anyMatch(reason -> reason.contains("rockchip,rk3588-iommu), which is no SMMUv3")));
  }

  @Test
  void rk3588AssumedEnabledStillHasNoMemory() throws BoardException {
    RunReport report =
        run("rk3588-rock-5b.dtb", BoardOptions.DEFAULTS.withAssumeCoherent().withAssumeEnabled());
    refusedAsAWhole(report);
    for (SmmuLine smmu : report.smmus()) {
      assertEquals(SmmuStatus.REFUSED, smmu.status());
      assertTrue(smmu.reason().contains("memory"), smmu.reason());
    }
  }

  @Test
  void rk3588AssumedWholeButNotCoherent() throws BoardException {
    RunReport report =
        run(
            "rk3588-rock-5b.dtb",
            BoardOptions.DEFAULTS.withAssumeEnabled().withMemory(MemoryArgument.parse("8G")));
    held(report);
    assertTrue(report.smmus().stream().allMatch(s -> s.status() == SmmuStatus.PROTECTED));
    assertTrue(report.counters().get("lines_cleaned") > 0);
  }

  @Test
  void rk3588AssumedWhole() throws BoardException {
    RunReport report =
        run(
            "rk3588-rock-5b.dtb",
            BoardOptions.DEFAULTS
                .withAssumeCoherent()
                .withAssumeEnabled()
                .withMemory(MemoryArgument.parse("8G")));
    held(report);
    assertTrue(report.smmus().stream().allMatch(s -> s.status() == SmmuStatus.PROTECTED));
  }
}
