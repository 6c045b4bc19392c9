package portcullis.cli;

import java.io.PrintWriter;
import java.util.Map;
import portcullis.diff.DiffReport;
import portcullis.qemu.Qemu;
import tools.jackson.core.JsonGenerator;

/** A comparison as one JSON object. */
final class DiffJson {
  private DiffJson() {}

  static void write(DiffReport report, Qemu qemu, PrintWriter out) {
    try (JsonGenerator json = Json.generator(out)) {
      json.writeStartObject();
      json.writeStringProperty("peer", "qemu");
      json.writeStringProperty("version", qemu.version().toString());
      json.writeStringProperty("profile", "qemu-11");
      json.writeNumberProperty("seed", report.seed());
      json.writeNumberProperty("cases", report.cases());
      json.writeNumberProperty("steps", report.steps());
      json.writeNumberProperty("milliseconds", report.nanos() / 1_000_000);
      json.writeArrayPropertyStart("deviations");
      for (DiffReport.Used row : report.deviations()) {
        json.writeStartObject();
        json.writeStringProperty("name", row.name());
        json.writeStringProperty("section", row.section());
        json.writeStringProperty("text", row.text());
        json.writeNumberProperty("cases", row.cases());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeObjectPropertyStart("coverage");
      for (Map.Entry<String, Map<String, Long>> part : report.coverage().entrySet()) {
        json.writeObjectPropertyStart(part.getKey());
        for (Map.Entry<String, Long> count : part.getValue().entrySet()) {
          json.writeNumberProperty(count.getKey(), count.getValue());
        }
        json.writeEndObject();
      }
      json.writeEndObject();
      json.writeArrayPropertyStart("findings");
      for (DiffReport.Finding finding : report.findings()) {
        json.writeStartObject();
        json.writeStringProperty("case", finding.name());
        json.writeStringProperty("kind", finding.qemuAborted() ? "qemu aborted" : "mismatch");
        json.writeStringProperty("summary", finding.summary());
        json.writeArrayPropertyStart("story");
        for (String line : finding.story()) {
          json.writeString(line);
        }
        json.writeEndArray();
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeStringProperty("result", report.findings().isEmpty() ? "equal" : "different");
      json.writeEndObject();
    }
    out.println();
  }
}
