package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import portcullis.arch.vmsa.Granule;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.MemoryArgument;
import portcullis.board.ScaledBoard;
import portcullis.board.fdt.BoardException;
import portcullis.check.run.Forbidden.By;
import portcullis.check.run.RunReport.Result;
import portcullis.check.run.RunReport.SmmuLine;
import portcullis.hyp.mem.PagePolicy;
import portcullis.hyp.smmuv3.PolicyRow;
import portcullis.hyp.smmuv3.ProtectionPolicy;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.hyp.smmuv3.SmmuPolicy;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceSink;

/**
 * Boards with memory, registers or both above 2<sup>48</sup>: stream table, queues, STEs, CDs,
 * commands, both stages and the CPUs' stage 2 then hold addresses of 52 bits (IHI 0070 3.4; DDI
 * 0487 D8.3, FEAT_LPA).
 */
class WideAddressTest {
  private static final int SMMUS = 2;

  private static Board board(String memory, long registers) throws BoardException {
    ScaledBoard board =
        ScaledBoard.of(SMMUS, 64, MemoryArgument.parse(memory)).withRegisters(registers);
    return BoardReader.read(board.tree(), BoardOptions.DEFAULTS);
  }

  private static RunReport run(Board board, Profile profile, Policies policies) {
    try (Run run = new Run(board, profile, policies.with(Granule.SIZE_64K), 1, TraceSink.NONE)) {
      return run.report();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0x8000000000000+16T, 0",
    "0x80000000+4G, 0x4000000000000",
    "0xffff800000000+32G, 0xf000000000000",
    "0xff0000000000+2T, 0",
    "0x80000000+64M;0x1000000000000+4G, 0"
  })
  void isProtected(String memory, String registers) throws BoardException {
    Board board = board(memory.replace(';', ','), Long.decode(registers));
    assertTrue(board.topAddress() > 1L << 48);
    RunReport report = run(board, Profile.GENERIC, Policies.DEFAULT);
    for (Attempt attempt : report.attempts()) {
      assertTrue(attempt.asExpected(), attempt::toString);
    }
    assertEquals(Result.HELD, report.result());
    assertEquals(
        SMMUS * Forbidden.count(By.EACH_MASTER, By.EACH_SMMU, By.EACH_OPEN_SMMU, By.A_PCI_DEVICE),
        report.attempts().stream().filter(a -> a.outcome() == Attempt.Outcome.REFUSED).count());
    assertEquals(0, report.counters().get("hardware_errors"));
  }

  @Test
  void aPageThatDoesNotLeaveStage2IsReached() throws BoardException {
    PolicyRow unmapsNothing = new ProtectionPolicy.Row(Measure.UNMAP_STAGE2, false, "planted");
    Policies policies = new Policies(PagePolicy.DEFAULT, SmmuPolicy.DEFAULT.with(unmapsNothing));
    RunReport report = run(board("0x8000000000000+16T", 0), Profile.GENERIC, policies);
    assertEquals(Result.VIOLATED, report.result());
  }

  @Test
  void anSmmuThatDoesNotReachThemIsRefused() throws BoardException {
    Board board = board("0x8000000000000+16T", 0);
    RunReport report = run(board, Profile.GENERIC.withOutputSize(48), Policies.DEFAULT);
    assertEquals(Result.REFUSED, report.result());
    for (SmmuLine smmu : report.smmus()) {
      assertTrue(smmu.reason().contains("address"), smmu.reason());
    }
  }
}
