package portcullis.check.hostile;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a campaign came to.
 *
 * @param seed where every choice came from
 * @param actions how many were carried out
 * @param walks how often the oracle looked at everything
 * @param performed actions by kind
 * @param reached interesting states and effects
 * @param timeouts of EL2's waits for hardware; none is expected of a model that answers
 * @param violation the first one, if any
 */
public record HostileReport(
    long seed,
    long actions,
    long walks,
    Map<Action, Long> performed,
    Map<Reached, Long> reached,
    long timeouts,
    Optional<Violation> violation) {
  public HostileReport {
    performed = Collections.unmodifiableMap(new EnumMap<>(performed));
    reached = Collections.unmodifiableMap(new EnumMap<>(reached));
  }
}
