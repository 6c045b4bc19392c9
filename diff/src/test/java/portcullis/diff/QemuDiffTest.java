package portcullis.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import portcullis.qemu.Qemu;

@Timeout(300)
class QemuDiffTest {
  private static final QemuDiff.Options SHORT =
      new QemuDiff.Options(1, 3000, Duration.ofMinutes(4));

  private static DiffReport run(QemuDiff.Options options) {
    return QemuDiff.run(Installed.qemu(), options, _ -> {});
  }

  @Test
  void theModelDoesWhatQemuDoesButForWhatIsKnown() {
    DiffReport report = run(SHORT);
    assertEquals(List.of(), report.findings());
    assertEquals(SHORT.cases(), report.cases());
    report
        .coverage()
        .forEach(
            (part, counts) ->
                counts.forEach((name, count) -> assertTrue(count > 0, part + ": " + name)));
    DiffReport again = run(SHORT);
    assertEquals(report.deviations(), again.deviations());
    assertEquals(report.coverage(), again.coverage());
  }

  @Test
  void timeEndsIt() {
    DiffReport report = run(new QemuDiff.Options(1, 1_000_000_000, Duration.ofSeconds(1)));
    assertEquals(List.of(), report.findings());
    assertTrue(report.cases() > 0 && report.cases() < 1_000_000_000);
  }

  /** A CD in Device memory, which STE.S2PTW forbids (IHI 0070 5.2), and QEMU reads all the same. */
  private static final List<String> PROTECTED_FETCH =
      List.of(
          "portcullis-diff 1",
          "word 0x41000008 0x41002003",
          "word 0x41002000 0x443",
          "word 0x40020200 0x20000f",
          "word 0x40020210 0x448002000000000",
          "word 0x40020218 0x41000000",
          "write STRTAB_BASE_CFG 4 0x7",
          "write STRTAB_BASE 8 0x40020000",
          "write EVENTQ_BASE 8 0x40110006",
          "write CR0 4 0xd",
          "dma testdev write 0xf1eb34f0");

  @Test
  void aFileIsReplayedAndTold() throws CaseException {
    Qemu qemu = Installed.qemu();
    DiffReport report = QemuDiff.replay(qemu, PROTECTED_FETCH);
    assertEquals(List.of(), report.findings());
    assertEquals(
        List.of(Deviation.PTW_IGNORED.name()),
        report.deviations().stream()
            .filter(row -> row.cases() > 0)
            .map(DiffReport.Used::name)
            .toList());
    assertTrue(
        report.story().stream().anyMatch(line -> line.contains("model: aborted, F_PERMISSION")));
    assertTrue(report.story().stream().anyMatch(line -> line.contains("QEMU:  aborted, C_BAD_CD")));
  }

  /**
   * An address beyond the IPA size (IHI 0070 3.4) and a command for EL2 (4.4.2), neither of which
   * QEMU takes for an error; each time with more after it.
   */
  private static final List<String> FOLLOWED =
      List.of(
          "portcullis-diff 1",
          "word 0x40020200 0xd",
          "word 0x40020210 0x408006000000000",
          "word 0x40020218 0x41000000",
          "write STRTAB_BASE_CFG 4 0x7",
          "write STRTAB_BASE 8 0x40020000",
          "write CMDQ_BASE 8 0x40100003",
          "write EVENTQ_BASE 8 0x40110006",
          "write CR0 4 0xd",
          "dma testdev write 0x200000000000",
          "dma testdev write 0x1000",
          "take-events",
          "command 0x20 0x0 tags 0x0 parts 0x0",
          "command 0x30 0x0 tags 0x0 parts 0x0",
          "ring",
          "dma testdev write 0x2000",
          "command 0xff 0x0 tags 0x0 parts 0x0",
          "ring");

  @Test
  void theRestIsComparedIfTheModelFollows() throws CaseException {
    DiffReport report = QemuDiff.replay(Installed.qemu(), FOLLOWED);
    assertEquals(List.of(), report.findings());
    assertEquals(
        List.of(Deviation.IAS_SILENT.name(), Deviation.UNSUPPORTED_COMMANDS.name()),
        report.deviations().stream()
            .filter(row -> row.cases() > 0)
            .map(DiffReport.Used::name)
            .toList());
    assertEquals(1, report.coverage().get("cases by how far they were compared").get("complete"));
    assertEquals(2, report.coverage().get("events that both recorded").get("F_TRANSLATION"));
    assertEquals(1, report.coverage().get("command errors").get("CERROR_ILL"));
  }

  /** STE.S2AA64 of 0 with stage 2, which QEMU's process does not survive. */
  @Test
  void whatEndsQemuIsNotSentToIt() throws CaseException {
    Qemu qemu = Installed.qemu();
    DiffReport report =
        QemuDiff.replay(
            qemu,
            List.of(
                "portcullis-diff 1",
                "word 0x40020200 0xd",
                "word 0x40020210 0x0",
                "write STRTAB_BASE_CFG 4 0x7",
                "write STRTAB_BASE 8 0x40020000",
                "write CR0 4 0xd",
                "dma testdev write 0x1000"));
    assertEquals(List.of(), report.findings());
    assertFalse(report.story().stream().anyMatch(line -> line.contains("testdev writes")));
  }
}
