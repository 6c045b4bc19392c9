package portcullis.machine.smmuv3;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import portcullis.machine.smmuv3.caches.ConfigurationScope;
import portcullis.machine.smmuv3.caches.DptScope;
import portcullis.machine.smmuv3.caches.TlbScope;

/**
 * One command or broadcast, and which cached entries it reaches: a row of the tables that the model
 * invalidates by, in words.
 *
 * @param command the command less CMD_TLBI_ or CMD_, or the kind of broadcast
 * @param world whose entries, as StreamWorlds; empty for configuration and permissions
 * @param reaches which kinds of entry
 * @param match what an entry must have in common with the command; empty if nothing
 */
public record InvalidationRow(String command, String world, String reaches, String match) {

  /** Every row: translations, then configuration, then permissions. */
  public static final List<InvalidationRow> ALL =
      Stream.of(
              Arrays.stream(TlbScope.values()).map(InvalidationRow::of),
              Arrays.stream(ConfigurationScope.values()).map(InvalidationRow::of),
              Arrays.stream(DptScope.values()).map(InvalidationRow::of))
          .flatMap(rows -> rows)
          .toList();

  private static InvalidationRow of(TlbScope scope) {
    return new InvalidationRow(
        scope.name(), scope.worldsInWords(), scope.kindsInWords(), scope.matchInWords());
  }

  private static InvalidationRow of(DptScope scope) {
    return new InvalidationRow(scope.name(), "", scope.kindsInWords(), scope.matchInWords());
  }

  private static InvalidationRow of(ConfigurationScope scope) {
    return new InvalidationRow(scope.name(), "", scope.kindsInWords(), scope.matchInWords());
  }
}
