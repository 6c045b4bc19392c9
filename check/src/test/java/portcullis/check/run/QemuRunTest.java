package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static portcullis.check.run.Forbidden.BYPASS_READ;
import static portcullis.check.run.Forbidden.BYPASS_WRITE;
import static portcullis.check.run.Forbidden.CONTEXT_DESCRIPTOR;
import static portcullis.check.run.Forbidden.EVENT_INTERRUPT;
import static portcullis.check.run.Forbidden.MAPPED_PARTID;
import static portcullis.check.run.Forbidden.MAPPED_READ;
import static portcullis.check.run.Forbidden.MAPPED_WRITE;
import static portcullis.check.run.Forbidden.NEW_TABLE_READ;
import static portcullis.check.run.Forbidden.NEW_TABLE_WRITE;
import static portcullis.check.run.Forbidden.STAGE1_TABLE;
import static portcullis.check.run.Forbidden.STAGE1_TABLE_ANEW;
import static portcullis.check.run.Forbidden.STAGE2_LOOKUP;
import static portcullis.check.run.Forbidden.SYNC_INTERRUPT;

import java.io.StringWriter;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import portcullis.check.qemu.QemuRunMachine;
import portcullis.check.run.Attempt.Outcome;
import portcullis.check.run.Forbidden.By;
import portcullis.check.run.RunReport.MasterLine;
import portcullis.check.run.RunReport.Result;
import portcullis.check.run.RunReport.SmmuLine;
import portcullis.check.run.RunReport.SmmuStatus;
import portcullis.check.trace.TraceWriter;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;
import portcullis.qemu.Qemu;
import portcullis.qemu.QemuDiedException;

/** The same run on QEMU: its SMMU stops what it must, and lets through what bugs of EL2 allow. */
@Timeout(120)
class QemuRunTest {
  private static final Optional<Qemu> QEMU = Qemu.find();
  private static final List<String> MASTERS = List.of("edu", "iommu-testdev");

  /**
   * QEMU has no interrupts by message (IDR0.MSI), no address translation operations, no Enhanced
   * Command queues, no MPAM, neither ATS nor PRI, and no switch for its SMMU's power.
   */
  private static final Set<Forbidden> LACKING =
      all(
          kind ->
              EnumSet.of(SYNC_INTERRUPT, EVENT_INTERRUPT, STAGE2_LOOKUP, MAPPED_PARTID)
                      .contains(kind)
                  || by(kind, By.EACH_ROOMY_SMMU)
                  || by(kind, By.A_PCI_DEVICE)
                  || by(kind, By.EACH_VOUCHED_SMMU)
                  || by(kind, By.EACH_OPEN_SMMU));

  /** QEMU's devices are PCI devices, which nobody stalls. */
  private static final Set<Forbidden> NOT_TRIED = all(kind -> by(kind, By.A_PLATFORM_DEVICE));

  private static Set<Forbidden> all(Predicate<Forbidden> which) {
    return Arrays.stream(Forbidden.values()).filter(which).collect(Collectors.toSet());
  }

  private static boolean by(Forbidden kind, By by) {
    return kind.by() == by;
  }

  /** What a device that only writes leaves out. */
  private static final Set<Forbidden> READS = EnumSet.of(MAPPED_READ, BYPASS_READ, NEW_TABLE_READ);

  /**
   * By bug, what QEMU's caches do not let through, and need not: nested, QEMU looks only for a
   * combined entry, which TLBI_NH_ALL has dropped, and then walks stage 2 for the last address (IHI
   * 0070 16.2.1: which caches there are is the implementation's choice).
   */
  private static final Map<String, Set<Forbidden>> STOPPED_ALL_THE_SAME =
      Map.of(
          "unmapped stage-2 entries stay in TLBs",
          EnumSet.of(MAPPED_READ, MAPPED_WRITE, NEW_TABLE_READ, NEW_TABLE_WRITE));

  @BeforeAll
  static void qemuIsInstalled() {
    assumeTrue(QEMU.isPresent(), Qemu.MISSING);
  }

  static List<PlantedBug> bugs() {
    return PlantedBug.ALL;
  }

  private static RunReport run(Policies policies, long seed, TraceSink trace) {
    try (Run run = new Run(QemuRunMachine.of(QEMU.orElseThrow()), policies, seed, trace)) {
      return run.report();
    }
  }

  private static Forbidden kind(RunReport report, Attempt attempt) {
    return Forbidden.of(report.board(), MASTERS, attempt);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 7, Long.MIN_VALUE})
  void holds(long seed) {
    RunReport report = run(Policies.DEFAULT, seed, TraceSink.NONE);
    for (Attempt attempt : report.attempts()) {
      assertTrue(attempt.asExpected(), attempt::toString);
    }
    assertEquals(Result.HELD, report.result());
    assertEquals("QEMU " + QEMU.orElseThrow().version(), report.platform());
    for (String name : List.of("hardware_errors", "timeouts")) {
      assertEquals(0, report.counters().get(name), name);
    }
    assertEquals(1, report.counters().get("commands_refused"), "an illegal one");
    assertEquals(MASTERS.size(), report.counters().get("traps_refused_access"));
  }

  @Test
  void theBoardIsQemusOwn() {
    RunReport report = run(Policies.DEFAULT, 1, TraceSink.NONE);
    assertEquals(
        List.of(new SmmuLine("smmuv3@9050000", 0x905_0000, SmmuStatus.PROTECTED, "")),
        report.smmus());
    assertTrue(
        report
            .masters()
            .contains(new MasterLine("pcie@10000000", true, "smmuv3@9050000", "0x0-0xffff", "")));
    // QEMU's fw_cfg does DMA past every IOMMU.
    assertTrue(
        report.masters().stream().anyMatch(m -> !m.isProtected() && m.name().startsWith("fw-cfg")));
  }

  @Test
  void everyKindIsTriedButWhatQemuLacks() {
    RunReport report = run(Policies.DEFAULT, 1, TraceSink.NONE);
    Set<Forbidden> tried = EnumSet.noneOf(Forbidden.class);
    for (Attempt attempt : report.attempts()) {
      if (attempt.outcome() == Outcome.SKIPPED) {
        assertFalse(attempt.by().isBlank(), attempt::toString);
      }
      if (attempt.expected() == Outcome.ALLOWED) {
        continue;
      }
      Forbidden kind = kind(report, attempt);
      boolean writer = attempt.what().startsWith("iommu-testdev");
      assertEquals(
          LACKING.contains(kind) || (writer && READS.contains(kind)),
          attempt.outcome() == Outcome.SKIPPED,
          attempt::toString);
      assertEquals(kind == STAGE1_TABLE, attempt.outcome() == Outcome.DEVIATED, attempt::toString);
      if (attempt.outcome() != Outcome.SKIPPED) {
        tried.add(kind);
      }
    }
    assertEquals(all(kind -> !LACKING.contains(kind) && !NOT_TRIED.contains(kind)), tried);
  }

  @Test
  void eachRefusalSaysWhatStoppedIt() {
    RunReport report = run(Policies.DEFAULT, 1, TraceSink.NONE);
    for (Attempt attempt : report.attempts()) {
      if (attempt.outcome() == Outcome.REFUSED) {
        if (kind(report, attempt).stoppedByStage2()) {
          assertEquals("smmu0 stage 2: F_TRANSLATION", attempt.by(), attempt.what());
        }
        assertFalse(attempt.by().isBlank(), attempt.what());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("bugs")
  void letsThroughWhatItMust(PlantedBug bug) {
    RunReport report = run(bug.policies(), 1, TraceSink.NONE);
    Set<Forbidden> expected = new HashSet<>(bug.succeeds());
    expected.removeAll(STOPPED_ALL_THE_SAME.getOrDefault(bug.description(), Set.of()));
    for (Attempt attempt : report.attempts()) {
      if (attempt.outcome() != Outcome.SKIPPED && attempt.outcome() != Outcome.DEVIATED) {
        boolean broken =
            attempt.expected() == Outcome.REFUSED && expected.contains(kind(report, attempt));
        assertEquals(!broken, attempt.asExpected(), attempt::toString);
      }
    }
    assertEquals(LACKING.containsAll(expected) ? Result.HELD : Result.VIOLATED, report.result());
  }

  /** So that the excuse of the deviation excuses nothing else. */
  @Test
  void staleTablesStayAViolationOnceTheConfigurationIsFetchedAnew() {
    Set<Forbidden> caught =
        EnumSet.of(BYPASS_READ, BYPASS_WRITE, CONTEXT_DESCRIPTOR, STAGE1_TABLE_ANEW);
    PlantedBug bug =
        PlantedBug.ALL.stream()
            .filter(b -> STOPPED_ALL_THE_SAME.containsKey(b.description()))
            .findFirst()
            .orElseThrow();
    RunReport report = run(bug.policies(), 1, TraceSink.NONE);
    assertEquals(
        caught,
        report.attempts().stream()
            .filter(attempt -> !attempt.asExpected())
            .map(attempt -> kind(report, attempt))
            .collect(Collectors.toSet()));
  }

  @Test
  void theSameSeedGivesTheSameRun() {
    StringWriter first = new StringWriter();
    StringWriter second = new StringWriter();
    RunReport report = run(Policies.DEFAULT, 42, new TraceWriter(first));
    assertEquals(report, run(Policies.DEFAULT, 42, new TraceWriter(second)));
    assertEquals(first.toString(), second.toString());
    assertTrue(first.toString().contains(" fault dev=smmu0 sid=0x10 op=read iova="), "traced");
    StringWriter other = new StringWriter();
    run(Policies.DEFAULT, 43, new TraceWriter(other));
    assertNotEquals(first.toString(), other.toString());
  }

  @Test
  void aQemuThatIsKilledEndsTheRun() {
    Set<ProcessHandle> before = ProcessHandle.current().children().collect(Collectors.toSet());
    TraceSink killer =
        new TraceSink() {
          @Override
          public boolean enabled() {
            return true;
          }

          @Override
          public void accept(TraceEvent event) {
            if (event instanceof TraceEvent.Command) {
              ProcessHandle.current()
                  .children()
                  .filter(child -> !before.contains(child))
                  .forEach(ProcessHandle::destroyForcibly);
            }
          }
        };
    assertThrows(QemuDiedException.class, () -> run(Policies.DEFAULT, 1, killer));
  }
}
