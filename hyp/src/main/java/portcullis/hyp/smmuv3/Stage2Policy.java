package portcullis.hyp.smmuv3;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * How the shadow stage-2 is kept: choices between ways that isolate alike and cost differently. So
 * that two designs can be compared, each is a row; {@link #V6} is what version 6 of the series
 * does.
 */
public final class Stage2Policy {

  /** A way to save something. */
  public enum Choice {
    /** Map by the largest blocks that ownership allows; else each page by itself. */
    MAP_BLOCKS,
    /** Merge tables into a block when the pages that it was split for come back; else keep them. */
    MERGE_BLOCKS,
    /**
     * Invalidate what a change removed by few commands, given to all SMMUs before any is waited
     * for; else page by page, waiting for each command, on one SMMU after the other.
     */
    INVALIDATE_TOGETHER
  }

  /**
   * One choice.
   *
   * @param taken whether it is made so
   */
  public record Row(Choice choice, boolean taken, String reason) implements PolicyRow {
    @Override
    public String name() {
      return choice.name();
    }

    @Override
    public String verdict() {
      return taken ? "always" : "never";
    }
  }

  /** The least cost. */
  public static final Stage2Policy DEFAULT =
      new Stage2Policy(
          List.of(
              new Row(
                  Choice.MAP_BLOCKS,
                  true,
                  "a table page for each 2 MiB is 1/512 of memory, and a miss walks one level"
                      + " more"),
              new Row(
                  Choice.MERGE_BLOCKS,
                  true,
                  "else every page that was ever a guest's leaves its tables behind"),
              new Row(
                  Choice.INVALIDATE_TOGETHER,
                  true,
                  "a wait for hardware costs more than any command, and SMMUs can work at once")));

  /** As version 6 of the series (parts 22 and 23). */
  public static final Stage2Policy V6 =
      new Stage2Policy(
          List.of(
              new Row(
                  Choice.MAP_BLOCKS, false, "v6: its page tables cannot split a block once mapped"),
              new Row(Choice.MERGE_BLOCKS, false, "v6: there is no block to merge into"),
              new Row(
                  Choice.INVALIDATE_TOGETHER,
                  false,
                  "v6: one TLBI_S2_IPA, one TLBI_NH_ALL and their CMD_SYNCs for each page")));

  private final List<Row> rows;
  private final Set<Choice> taken = EnumSet.noneOf(Choice.class);

  private Stage2Policy(List<Row> rows) {
    this.rows = List.copyOf(rows);
    for (Row row : rows) {
      if (row.taken()) {
        taken.add(row.choice());
      }
    }
    if (rows.size() != Choice.values().length) {
      throw new IllegalArgumentException("every choice needs one row");
    }
  }

  /** A copy with {@code changed} in place of the row for the same choice. */
  public Stage2Policy with(Row changed) {
    List<Row> copy = new ArrayList<>(rows);
    copy.replaceAll(row -> row.choice() == changed.choice() ? changed : row);
    return new Stage2Policy(copy);
  }

  /** Whether the choice is {@code choice}, rather than its alternative. */
  public boolean takes(Choice choice) {
    return taken.contains(choice);
  }

  /** All rows, in order. */
  public List<Row> rows() {
    return rows;
  }
}
