package portcullis.diff;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/** What cases reached, counted. */
final class Coverage {
  private final Map<Item.Kind, Map<String, Long>> counts = new EnumMap<>(Item.Kind.class);

  /** A line of the coverage table. */
  record Item(Kind kind, String name) {
    /** The parts of the table, in its order. */
    enum Kind {
      EVENT("event recorded"),
      COMMAND("command executed"),
      COMMAND_ERROR("command error"),
      STREAM("stream"),
      STAGE_1("stage 1"),
      STAGE_2("stage 2"),
      DMA("DMA"),
      END("comparison ended");

      private final String title;

      Kind(String title) {
        this.title = title;
      }

      String title() {
        return title;
      }
    }
  }

  Coverage() {
    for (Item.Kind kind : Item.Kind.values()) {
      counts.put(kind, new TreeMap<>());
    }
  }

  void add(Item.Kind kind, String name) {
    add(kind, name, 1);
  }

  private void add(Item.Kind kind, String name, long more) {
    counts.get(kind).merge(name, more, Long::sum);
  }

  void add(Coverage other) {
    other.counts.forEach((kind, names) -> names.forEach((name, n) -> add(kind, name, n)));
  }

  /** Counts by name, of one part of the table. */
  Map<String, Long> of(Item.Kind kind) {
    return counts.get(kind);
  }
}
