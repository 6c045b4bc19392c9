package portcullis.arch.decode;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import portcullis.arch.Field;
import portcullis.arch.Layout;

/** A reference page in the making. */
final class MarkdownPage {
  private final StringBuilder text = new StringBuilder();

  MarkdownPage(String title) {
    text.append("# ").append(title).append("\n\n");
    text.append("Generated from the declarations in module `arch`; do not edit.\n");
  }

  void section(String title) {
    text.append("\n## ").append(title).append('\n');
  }

  void paragraph(String sentence) {
    text.append('\n').append(sentence).append('\n');
  }

  /** Starts a table. */
  void header(String... columns) {
    text.append('\n');
    row(columns);
    row(Collections.nCopies(columns.length, "---").toArray(String[]::new));
  }

  /** A row of the table that {@link #header} started. */
  void row(String... cells) {
    text.append(
        Arrays.stream(cells)
            .map(cell -> cell.replace("|", "\\|"))
            .collect(Collectors.joining(" | ", "| ", " |\n")));
  }

  /** A section with a layout's fields, one row each. */
  void layout(Layout layout) {
    section(layout.name());
    paragraph(layout.bits() + " bits, " + layout.source() + ".");
    header("Bits", "Field", "Since", "Meaning", "Encodings");
    for (Field field : layout.fields()) {
      row(
          DecodedField.bits(field),
          field.name(),
          field.since().label(),
          field.meaning(),
          encodings(field));
    }
  }

  private static String encodings(Field field) {
    List<String> texts =
        field.values().stream()
            .map(value -> DecodedField.encoding(field, value.code()) + " " + value.name())
            .toList();
    return String.join("; ", texts);
  }

  String text() {
    return text.toString();
  }
}
