package portcullis.store;

import java.util.Arrays;

/**
 * The sum behind {@link Store#fingerprint()}, in two parts: of cells and flags, up to date at every
 * change; and of {@link Rows}, which lags behind by those that are noted here.
 */
final class Fingerprint {
  private long ofCells;
  private long ofRows;
  private Rows[] noted = new Rows[16];
  private int notes;

  /** The cell with {@code key} changes. */
  void change(long key, long before, long after) {
    ofCells += Mix.change(key, before, after);
  }

  /** Some of {@code rows} has changed; not said again before it is mixed. */
  void note(Rows rows) {
    if (notes == noted.length) {
      noted = Arrays.copyOf(noted, notes * 2);
    }
    noted[notes++] = rows;
  }

  /** The sum of all. O(rows changed since it was last asked for). */
  long value() {
    while (notes != 0) {
      Rows rows = noted[--notes];
      noted[notes] = null;
      ofRows += rows.mix();
    }
    return ofCells + ofRows;
  }

  /** The part that an undo restores: rows that it restores are noted again. */
  long ofCells() {
    return ofCells;
  }

  /** The part of cells and flags is what it was. */
  void restoreCells(long value) {
    ofCells = value;
  }
}
