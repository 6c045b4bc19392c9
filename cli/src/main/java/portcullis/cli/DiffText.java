package portcullis.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import portcullis.diff.DiffReport;
import portcullis.qemu.Qemu;

/** A comparison as text. */
final class DiffText {
  private DiffText() {}

  static void print(DiffReport report, Qemu qemu, Path file, PrintWriter out) {
    double seconds = report.nanos() / 1e9;
    out.println("model qemu-11 against QEMU %s".formatted(qemu.version()));
    out.println(
        "%d cases (%d steps) from seed %d in %.1f s: %.0f cases/s"
            .formatted(
                report.cases(), report.steps(), report.seed(), seconds, report.cases() / seconds));
    out.println();
    out.println("known deviations of QEMU (cases that met them):");
    for (DiffReport.Used row : report.deviations()) {
      out.println(
          "  %8d  %-24s %s (%s)".formatted(row.cases(), row.name(), row.text(), row.section()));
    }
    for (Map.Entry<String, Map<String, Long>> part : report.coverage().entrySet()) {
      out.println();
      out.println(part.getKey() + ":");
      part.getValue().forEach((name, count) -> out.println("  %8d  %s".formatted(count, name)));
    }
    out.println();
    if (report.findings().isEmpty()) {
      report.story().forEach(line -> out.println("  " + TerminalText.oneLine(line)));
    }
    for (DiffReport.Finding finding : report.findings()) {
      out.println(
          "case %s: %s%s"
              .formatted(
                  finding.name(), finding.qemuAborted() ? "QEMU ended: " : "", finding.summary()));
      finding.story().forEach(line -> out.println("  " + TerminalText.oneLine(line)));
      out.println("replay with: portcullis diff qemu --replay " + file);
      out.println();
    }
    out.println(
        report.findings().isEmpty()
            ? "result: no unexplained difference"
            : "result: an unexplained difference");
  }
}
