package portcullis.bench;

import java.io.PrintWriter;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.openjdk.jmh.results.RunResult;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Figures as a table, or as one JSON object. */
final class Report {
  private final List<Measured> all;
  private final Optional<Comparison> comparison;

  /** Why QEMU was not compared with; empty if it was. */
  private final String withoutQemu;

  Report(Collection<RunResult> results, String withoutQemu) {
    this.all = Measured.of(results);
    this.comparison = Comparison.of(results);
    this.withoutQemu = withoutQemu;
  }

  void table(PrintWriter out) {
    if (!all.isEmpty()) {
      out.printf("%-36s %11s %9s %14s %8s%n", "benchmark", "ns/op", "+-", "ops/s", "B/op");
    }
    for (Measured row : all) {
      out.printf(
          Locale.ROOT,
          "%-36s %11.1f %9.1f %14s %8.3f%n",
          row.name(),
          row.nanos(),
          row.spread(),
          String.format(Locale.ROOT, "%,.0f", row.rate()),
          row.bytes());
    }
    if (comparison.isPresent()) {
      table(comparison.get(), out);
    } else if (!withoutQemu.isEmpty()) {
      out.printf("%nNot compared with QEMU: %s.%n", withoutQemu);
    }
  }

  private static void table(Comparison comparison, PrintWriter out) {
    out.printf("%nA cold translation (the same DMA and tables, 4 KiB pages, 4+3 levels):%n");
    out.printf(Locale.ROOT, "  model %8.0f ns%n", comparison.modelNanos());
    out.printf(Locale.ROOT, "  QEMU  %8.0f ns%n", comparison.qemuNanos());
    out.printf(
        Locale.ROOT,
        "  ratio %8.3f   (%.3f to %.3f in half of the iterations)%n",
        comparison.ratio(),
        comparison.lowerQuartile(),
        comparison.upperQuartile());
  }

  void json(PrintWriter out) {
    try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeArrayPropertyStart("benchmarks");
      for (Measured row : all) {
        json.writeStartObject();
        json.writeStringProperty("name", row.name());
        json.writeNumberProperty("nanos", row.nanos());
        json.writeNumberProperty("spread", row.spread());
        json.writeNumberProperty("bytes", row.bytes());
        json.writeEndObject();
      }
      json.writeEndArray();
      if (comparison.isPresent()) {
        Comparison measured = comparison.get();
        json.writeObjectPropertyStart("cold_translation");
        json.writeNumberProperty("model_nanos", measured.modelNanos());
        json.writeNumberProperty("qemu_nanos", measured.qemuNanos());
        json.writeNumberProperty("ratio", measured.ratio());
        json.writeNumberProperty("ratio_lower_quartile", measured.lowerQuartile());
        json.writeNumberProperty("ratio_upper_quartile", measured.upperQuartile());
        json.writeEndObject();
      } else if (!withoutQemu.isEmpty()) {
        json.writeStringProperty("without_qemu", withoutQemu);
      }
      json.writeEndObject();
    }
    out.println();
  }
}
