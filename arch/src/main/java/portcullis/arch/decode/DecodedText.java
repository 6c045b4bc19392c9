package portcullis.arch.decode;

import java.util.ArrayList;
import java.util.List;

/** A decoded value as text: one aligned line a field, then a line a note and a line a finding. */
public final class DecodedText {
  private static final String GAP = "  ";

  private DecodedText() {}

  /** The lines, each ending in a newline; nothing else is trailing. */
  public static String render(Decoded decoded) {
    List<String[]> rows = new ArrayList<>();
    rows.add(new String[] {"bits", "field", "value", "meaning"});
    for (DecodedField field : decoded.fields()) {
      rows.add(
          new String[] {field.bits(), field.field().name(), field.valueText(), field.meaning()});
    }
    StringBuilder text = new StringBuilder();
    text.append(decoded.name()).append(" (").append(decoded.source()).append(")\n");
    appendAligned(text, rows);
    for (String note : decoded.notes()) {
      text.append("note: ").append(note).append('\n');
    }
    for (Finding finding : decoded.findings()) {
      text.append("finding: ").append(finding.text()).append('\n');
    }
    return text.toString();
  }

  private static void appendAligned(StringBuilder text, List<String[]> rows) {
    int columns = rows.getFirst().length;
    int[] width = new int[columns];
    for (String[] row : rows) {
      for (int column = 0; column < columns; column++) {
        width[column] = Math.max(width[column], row[column].length());
      }
    }
    for (String[] row : rows) {
      for (int column = 0; column < columns - 1; column++) {
        int padding = width[column] - row[column].length();
        text.append(row[column]).repeat(' ', padding).append(GAP);
      }
      text.append(row[columns - 1]).append('\n');
    }
  }
}
