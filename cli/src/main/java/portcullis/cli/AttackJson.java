package portcullis.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import portcullis.arch.vmsa.Granule;
import portcullis.board.Board;
import portcullis.check.hostile.HostileReport;
import portcullis.check.hostile.PolicyUse;
import portcullis.check.hostile.Violation;
import portcullis.machine.smmuv3.profile.Profile;
import tools.jackson.core.JsonGenerator;

/** An attack as one JSON object. */
final class AttackJson {
  private AttackJson() {}

  static void write(
      HostileReport report,
      Board board,
      Profile profile,
      Granule granule,
      long nanos,
      PrintWriter out) {
    try (JsonGenerator json = Json.generator(out)) {
      json.writeStartObject();
      json.writeStringProperty("board", board.fileName());
      json.writeStringProperty("model", board.model());
      json.writeStringProperty("profile", profile.name());
      json.writeNumberProperty("page_bytes", granule.bytes());
      json.writeNumberProperty("seed", report.seed());
      json.writeNumberProperty("actions", report.actions());
      json.writeNumberProperty("walks", report.walks());
      json.writeNumberProperty("timeouts", report.timeouts());
      json.writeNumberProperty("milliseconds", nanos / 1_000_000);
      json.writeNumberProperty("givenUp", report.givenUp());
      counts(json, "performed", report.performed());
      outcomes(json, report);
      counts(json, "reached", report.reached());
      if (!report.uses().isEmpty()) {
        uses(json, report.uses());
      }
      if (report.violation().isPresent()) {
        violation(json, report.violation().get());
      }
      json.writeStringProperty("result", report.violation().isEmpty() ? "held" : "violated");
      json.writeEndObject();
    }
    out.println();
  }

  private static void counts(JsonGenerator json, String name, Map<? extends Enum<?>, Long> counts) {
    json.writeObjectPropertyStart(name);
    for (Map.Entry<? extends Enum<?>, Long> count : counts.entrySet()) {
      json.writeNumberProperty(AttackText.lower(count.getKey()), count.getValue());
    }
    json.writeEndObject();
  }

  private static void outcomes(JsonGenerator json, HostileReport report) {
    json.writeObjectPropertyStart("outcomes");
    report.outcomes().forEach((action, counts) -> counts(json, AttackText.lower(action), counts));
    json.writeEndObject();
  }

  private static void uses(JsonGenerator json, List<PolicyUse> uses) {
    json.writeArrayPropertyStart("policy");
    for (PolicyUse use : uses) {
      json.writeStartObject();
      json.writeStringProperty("table", use.table());
      json.writeStringProperty("row", use.row());
      json.writeNumberProperty("count", use.count());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void violation(JsonGenerator json, Violation violation) {
    json.writeObjectPropertyStart("violation");
    json.writeNumberProperty("action", violation.action());
    json.writeStringProperty("what", violation.what());
    json.writeStringProperty("finding", violation.finding());
    json.writeArrayPropertyStart("trail");
    violation.trail().forEach(json::writeString);
    json.writeEndArray();
    json.writeEndObject();
  }
}
