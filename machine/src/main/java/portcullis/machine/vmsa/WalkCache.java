package portcullis.machine.vmsa;

/**
 * Where tables below the start level are, kept from earlier walks: a walk for a near input starts
 * there.
 */
public interface WalkCache {

  /** Remembers nothing. */
  WalkCache NONE =
      new WalkCache() {
        @Override
        public boolean resume(TableWalk walk, long input) {
          return false;
        }

        @Override
        public void keep(TableWalk walk, long input) {}
      };

  /**
   * Finds the table nearest to the leaf for {@code input}.
   *
   * @param walk tells the shape and space; on a hit takes {@code level}, {@code tableAttributes},
   *     {@code reachShift}, and {@code descriptorAddress} and {@code descriptorName} of the
   *     descriptor for {@code input}
   */
  boolean resume(TableWalk walk, long input);

  /**
   * Keeps the table that {@code walk} has just reached, which is below the start level, by the same
   * registers of {@code walk} that {@link #resume} gives.
   */
  void keep(TableWalk walk, long input);
}
