package portcullis.check.hostile;

import java.util.ArrayList;
import java.util.List;

/** An action in words, put together only if somebody reads them. */
final class Words {
  private final String beginning;
  private final List<Object[]> arguments = new ArrayList<>(2);

  private final List<String> formats = new ArrayList<>(2);

  Words(String beginning) {
    this.beginning = beginning;
  }

  /**
   * Adds some.
   *
   * @param values that do not change
   */
  void add(String format, Object... values) {
    formats.add(format);
    arguments.add(values);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(beginning);
    for (int i = 0; i < formats.size(); i++) {
      text.append(' ').append(String.format(formats.get(i), arguments.get(i)));
    }
    return text.toString();
  }
}
