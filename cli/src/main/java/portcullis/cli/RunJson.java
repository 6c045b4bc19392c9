package portcullis.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import portcullis.board.AddressRange;
import portcullis.board.Board;
import portcullis.board.ReservedMemory;
import portcullis.board.StreamRange;
import portcullis.check.run.Attempt;
import portcullis.check.run.RunReport;
import portcullis.check.run.RunReport.MasterLine;
import portcullis.check.run.RunReport.SmmuLine;
import tools.jackson.core.JsonGenerator;

/** A run as one JSON object; addresses are hexadecimal strings. */
final class RunJson {
  private RunJson() {}

  static void write(RunReport report, PrintWriter out) {
    try (JsonGenerator json = Json.generator(out)) {
      json.writeStartObject();
      board(json, report.board());
      json.writeStringProperty("platform", report.platform());
      json.writeStringProperty("profile", report.profile());
      json.writeNumberProperty("page_bytes", report.granule().bytes());
      json.writeNumberProperty("seed", report.seed());
      json.writeArrayPropertyStart("smmus");
      for (SmmuLine smmu : report.smmus()) {
        json.writeStartObject();
        json.writeStringProperty("name", smmu.name());
        json.writeStringProperty("base", Json.hex(smmu.base()));
        json.writeStringProperty("status", lower(smmu.status()));
        json.writeStringProperty("reason", smmu.reason());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayPropertyStart("masters");
      for (MasterLine master : report.masters()) {
        json.writeStartObject();
        json.writeStringProperty("name", master.name());
        json.writeStringProperty("status", master.isProtected() ? "protected" : "unprotected");
        json.writeStringProperty("smmu", master.smmus());
        json.writeStringProperty("streams", master.streams());
        json.writeStringProperty("reason", master.reason());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayPropertyStart("attempts");
      for (Attempt attempt : report.attempts()) {
        json.writeStartObject();
        json.writeStringProperty("what", attempt.what());
        json.writeStringProperty("outcome", lower(attempt.outcome()));
        json.writeStringProperty("expected", lower(attempt.expected()));
        json.writeStringProperty("by", attempt.by());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeObjectPropertyStart("counters");
      for (Map.Entry<String, Long> counter : report.counters().entrySet()) {
        json.writeNumberProperty(counter.getKey(), counter.getValue());
      }
      json.writeEndObject();
      json.writeStringProperty("result", lower(report.result()));
      json.writeEndObject();
    }
    out.println();
  }

  /** The board as a property of an object. */
  static void board(JsonGenerator json, Board board) {
    json.writeObjectPropertyStart("board");
    json.writeStringProperty("file", board.fileName());
    json.writeStringProperty("model", board.model());
    strings(json, "compatible", board.compatible());
    ranges(json, "memory", board.memory());
    ranges(json, "carve_outs", board.carveOuts());
    firmwareDma(json, board);
    strings(json, "overrides", board.overrides());
    json.writeEndObject();
  }

  /** Memory that firmware has devices access, and which (RMR nodes of an IORT). */
  private static void firmwareDma(JsonGenerator json, Board board) {
    json.writeArrayPropertyStart("firmware_dma");
    for (ReservedMemory reserved : board.reserved()) {
      if (reserved.streams().isEmpty()) {
        continue;
      }
      json.writeStartObject();
      ranges(json, "memory", reserved.ranges());
      json.writeArrayPropertyStart("streams");
      for (StreamRange range : reserved.streams()) {
        json.writeStartObject();
        json.writeStringProperty("smmu", board.smmus().get(range.smmu()).name());
        json.writeStringProperty("first", Json.hex(range.first()));
        json.writeStringProperty("count", Json.hex(range.count()));
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void strings(JsonGenerator json, String name, List<String> values) {
    json.writeArrayPropertyStart(name);
    for (String value : values) {
      json.writeString(value);
    }
    json.writeEndArray();
  }

  private static void ranges(JsonGenerator json, String name, List<AddressRange> ranges) {
    json.writeArrayPropertyStart(name);
    for (AddressRange range : ranges) {
      json.writeStartObject();
      json.writeStringProperty("base", Json.hex(range.base()));
      json.writeStringProperty("size", Json.hex(range.size()));
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
