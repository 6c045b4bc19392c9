package portcullis.cli;

import java.util.List;
import portcullis.machine.smmuv3.InvalidationRow;

/** Which invalidation reaches which cached entry, as a reference page. */
final class InvalidationPages {
  /** The page's file. */
  static final String FILE = "invalidation.md";

  private InvalidationPages() {}

  static String markdown(List<InvalidationRow> rows) {
    StringBuilder page =
        new StringBuilder(
            """
            # What each invalidation reaches

            Generated from the tables that the SMMU model invalidates by (`./portcullis reference`): no more than IHI 0070 4.3, 4.4 and 3.17
            require, so that whoever sends too few commands is found out. Combined entries hold both stages of a nested stream; tables are
            the walk cache's. BROADCAST rows are the PEs' TLBI operations, where IDR0.BTM is 1 and CR2.PTM 0.

            | command | StreamWorld | reaches | that has in common |
            | --- | --- | --- | --- |
            """);
    for (InvalidationRow row : rows) {
      page.append(
          "| `%s` | %s | %s | %s |\n"
              .formatted(row.command(), row.world(), row.reaches(), row.match()));
    }
    return page.toString();
  }
}
