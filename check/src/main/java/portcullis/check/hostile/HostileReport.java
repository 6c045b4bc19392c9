package portcullis.check.hostile;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a campaign came to.
 *
 * @param seed where every choice came from
 * @param actions how many were carried out
 * @param walks how often the oracle looked at everything
 * @param givenUp how often the host gave everything up before the end, and EL2 held nothing for it
 * @param performed actions by kind
 * @param outcomes what came of them, by kind
 * @param reached interesting states and effects
 * @param uses of the rows of EL2's tables, if that was asked for; else empty
 * @param timeouts of EL2's waits for hardware; none is expected of a model that answers
 * @param violation the first one, if any
 */
public record HostileReport(
    long seed,
    long actions,
    long walks,
    long givenUp,
    Map<Action, Long> performed,
    Map<Action, Map<Outcome, Long>> outcomes,
    Map<Reached, Long> reached,
    List<PolicyUse> uses,
    long timeouts,
    Optional<Violation> violation) {
  public HostileReport {
    performed = Collections.unmodifiableMap(new EnumMap<>(performed));
    outcomes = Collections.unmodifiableMap(new EnumMap<>(outcomes));
    uses = List.copyOf(uses);
    reached = Collections.unmodifiableMap(new EnumMap<>(reached));
  }
}
