package portcullis.arch.decode;

import java.util.Arrays;
import java.util.Collections;
import java.util.stream.Collectors;
import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Value;

/** A reference page in the making. */
final class MarkdownPage {
  private static final int MOST_ENCODINGS_IN_A_CELL = 8;

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

  /** A section with a layout's fields, one row each, and its long lists of encodings. */
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
          hasOwnTable(field) ? "below" : encodings(field));
    }
    layout.fields().stream().filter(MarkdownPage::hasOwnTable).forEach(this::encodingTable);
  }

  private void encodingTable(Field field) {
    header(field.name(), "Meaning");
    for (Value value : field.values()) {
      row(DecodedField.encoding(field, value.code()), value.name());
    }
  }

  /** Long lists of encodings do not fit a table's cell. */
  private static boolean hasOwnTable(Field field) {
    return field.values().size() > MOST_ENCODINGS_IN_A_CELL;
  }

  private static String encodings(Field field) {
    return field.values().stream()
        .map(value -> DecodedField.encoding(field, value.code()) + " " + value.name())
        .collect(Collectors.joining("; "));
  }

  String text() {
    return text.toString();
  }
}
