package portcullis.check.hostile;

import java.util.EnumMap;
import java.util.Map;

/** Counts by the constants of one enum; every constant has a count. */
final class Tally<E extends Enum<E>> {
  private final Class<E> type;
  private final long[] counts;

  Tally(Class<E> type) {
    this.type = type;
    counts = new long[type.getEnumConstants().length];
  }

  void count(E what) {
    counts[what.ordinal()]++;
  }

  Map<E, Long> read() {
    Map<E, Long> map = new EnumMap<>(type);
    for (E constant : type.getEnumConstants()) {
      map.put(constant, counts[constant.ordinal()]);
    }
    return map;
  }
}
