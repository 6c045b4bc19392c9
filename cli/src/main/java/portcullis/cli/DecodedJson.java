package portcullis.cli;

import java.io.PrintWriter;
import java.util.Locale;
import portcullis.arch.decode.Decoded;
import portcullis.arch.decode.DecodedField;
import portcullis.arch.decode.Finding;
import tools.jackson.core.JsonGenerator;

/** A decoded value as one JSON object. */
final class DecodedJson {
  private DecodedJson() {}

  static void write(Decoded decoded, PrintWriter out) {
    try (JsonGenerator json = Json.generator(out)) {
      json.writeStartObject();
      json.writeStringProperty("name", decoded.name());
      json.writeStringProperty("source", decoded.source());
      json.writeArrayPropertyStart("words");
      for (long word : decoded.words()) {
        json.writeString(Json.hex(word));
      }
      json.writeEndArray();
      json.writeArrayPropertyStart("fields");
      for (DecodedField field : decoded.fields()) {
        json.writeStartObject();
        json.writeStringProperty("name", field.field().name());
        json.writeStringProperty("bits", field.bits());
        json.writeStringProperty("value", Json.hex(field.value()));
        json.writeStringProperty("text", field.valueText());
        json.writeStringProperty("meaning", field.meaning());
        json.writeBooleanProperty("reserved", field.reserved());
        json.writeBooleanProperty("ignored", field.ignored());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayPropertyStart("notes");
      for (String note : decoded.notes()) {
        json.writeString(note);
      }
      json.writeEndArray();
      json.writeArrayPropertyStart("findings");
      for (Finding finding : decoded.findings()) {
        json.writeStartObject();
        json.writeStringProperty("kind", finding.kind().name().toLowerCase(Locale.ROOT));
        json.writeStringProperty("text", finding.text());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    out.println();
  }
}
