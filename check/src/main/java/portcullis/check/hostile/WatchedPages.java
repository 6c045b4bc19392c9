package portcullis.check.hostile;

import java.util.HashMap;
import java.util.Map;

/**
 * Which pages hold the tables that are watched. A page holds one table: EL2 has no reason to use a
 * table twice, and where it does so the oracle has to walk everything again.
 */
final class WatchedPages {
  static final int SHIFT = 12;

  private final Map<Long, WatchedTable> tables = new HashMap<>();
  private boolean twice;

  /** Changes come page by page: what the last look-up was for, and what it gave. */
  private long lastPage = -1;

  private WatchedTable last;

  /** Watches {@code [pa, pa+bytes)}. */
  void add(long pa, long bytes, WatchedTable table) {
    for (long page = pa >>> SHIFT; page << SHIFT < pa + bytes; page++) {
      twice |= tables.putIfAbsent(page, table) != null;
    }
    lastPage = -1;
  }

  /** Watches it no more. */
  void remove(long pa, long bytes, WatchedTable table) {
    for (long page = pa >>> SHIFT; page << SHIFT < pa + bytes; page++) {
      tables.remove(page, table);
    }
    lastPage = -1;
  }

  /** The table in the page of {@code pa}, or null. */
  WatchedTable at(long pa) {
    long page = pa >>> SHIFT;
    if (page != lastPage) {
      lastPage = page;
      last = tables.get(page);
    }
    return last;
  }

  /** Whether a page was to be watched for two tables, so that changes are not enough. */
  boolean twice() {
    return twice;
  }

  /** Watches nothing. */
  void clear() {
    tables.clear();
    twice = false;
    lastPage = -1;
  }
}
