package portcullis.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import portcullis.arch.smmu.Opcode;
import portcullis.check.cost.Cost;
import portcullis.check.cost.CostReport;
import portcullis.check.cost.RulesCost;
import portcullis.check.cost.SmmuCost;
import portcullis.check.cost.TableCost;
import tools.jackson.core.JsonGenerator;

/** Costs as one JSON object. */
final class CostJson {
  private CostJson() {}

  static void write(CostReport report, PrintWriter out) {
    try (JsonGenerator json = Json.generator(out)) {
      json.writeStartObject();
      RunJson.board(json, report.board());
      json.writeStringProperty("profile", report.profile());
      json.writeNumberProperty("page_bytes", report.granule().bytes());
      json.writeArrayPropertyStart("rules");
      for (RulesCost rules : report.rules()) {
        json.writeStartObject();
        json.writeStringProperty("name", rules.rules().label());
        json.writeStringProperty("refusal", rules.refusal());
        json.writeArrayPropertyStart("costs");
        for (Cost cost : rules.costs()) {
          write(cost, json);
        }
        json.writeEndArray();
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    out.println();
  }

  private static void write(Cost cost, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("operation", cost.operation().name().toLowerCase(Locale.ROOT));
    json.writeNumberProperty("pages", cost.pages());
    json.writeStringProperty("failure", cost.failure());
    json.writeNumberProperty("traps", cost.traps());
    json.writeArrayPropertyStart("smmus");
    for (SmmuCost smmu : cost.smmus()) {
      json.writeStartObject();
      json.writeStringProperty("name", smmu.name());
      json.writeNumberProperty("commands_total", smmu.total());
      json.writeObjectPropertyStart("commands");
      for (Map.Entry<Opcode, Long> command : smmu.commands().entrySet()) {
        json.writeNumberProperty(command.getKey().name(), command.getValue());
      }
      json.writeEndObject();
      json.writeNumberProperty("waits", smmu.waits());
      json.writeEndObject();
    }
    json.writeEndArray();
    write("cpu_stage2", cost.cpu(), json);
    write("smmu_stage2", cost.smmu(), json);
    json.writeEndObject();
  }

  private static void write(String name, TableCost cost, JsonGenerator json) {
    json.writeObjectPropertyStart(name);
    json.writeNumberProperty("descriptors_stored", cost.descriptors());
    json.writeNumberProperty("table_pages", cost.pages());
    json.writeEndObject();
  }
}
