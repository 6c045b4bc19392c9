package portcullis.bench;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Figures as a table, or as one JSON object. */
final class Report {
  private final List<Measured> all;

  /** Why QEMU was not compared with; empty if it was. */
  private final String withoutQemu;

  Report(List<Measured> all, String withoutQemu) {
    this.all = all;
    this.withoutQemu = withoutQemu;
  }

  void table(PrintWriter out) {
    out.printf("%-36s %11s %9s %14s %8s%n", "benchmark", "ns/op", "+-", "ops/s", "B/op");
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
    Comparison.of(all)
        .ifPresentOrElse(
            comparison -> comparison(comparison, out),
            () -> {
              if (!withoutQemu.isEmpty()) {
                out.printf("%nNot compared with QEMU: %s.%n", withoutQemu);
              }
            });
  }

  private static void comparison(Comparison comparison, PrintWriter out) {
    out.printf("%nA cold translation (the same DMA and tables, 4 KiB pages, 4+3 levels):%n");
    out.printf(Locale.ROOT, "  model %8.0f ns%n", comparison.modelNanos());
    out.printf(Locale.ROOT, "  QEMU  %8.0f ns%n", comparison.qemuNanos());
    out.printf(Locale.ROOT, "  ratio %8.3f%n", comparison.ratio());
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
        if (row.missNanos().isPresent()) {
          json.writeNumberProperty("cold_nanos", row.missNanos().get());
        }
        json.writeEndObject();
      }
      json.writeEndArray();
      if (Comparison.of(all).isPresent()) {
        Comparison comparison = Comparison.of(all).get();
        json.writeObjectPropertyStart("cold_translation");
        json.writeNumberProperty("model_nanos", comparison.modelNanos());
        json.writeNumberProperty("qemu_nanos", comparison.qemuNanos());
        json.writeNumberProperty("ratio", comparison.ratio());
        json.writeEndObject();
      } else if (!withoutQemu.isEmpty()) {
        json.writeStringProperty("without_qemu", withoutQemu);
      }
      json.writeEndObject();
    }
    out.println();
  }
}
