package portcullis.machine.smmuv3;

import portcullis.arch.smmu.EventType;

/**
 * One thing that may become of an access, for what the SMMU may hold.
 *
 * @param passes whether the access reaches {@code pa}
 * @param pa where; 0 if it does not pass
 * @param path the stages that it goes through; {@link Path#BYPASS} if it does not pass
 * @param event what it ends in if it does not pass; null for an abort without one
 */
public record PossibleOutcome(boolean passes, long pa, Path path, EventType event) {

  static PossibleOutcome of(Translation t) {
    return t.ok()
        ? new PossibleOutcome(true, t.pa(), t.path(), null)
        : new PossibleOutcome(false, 0, Path.BYPASS, t.event());
  }
}
