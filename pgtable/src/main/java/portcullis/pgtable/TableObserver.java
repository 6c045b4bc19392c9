package portcullis.pgtable;

/**
 * Is told of each run of descriptors written, so that a walker which does not snoop the CPU's
 * caches sees them too.
 */
@FunctionalInterface
public interface TableObserver {

  /** For coherent walkers of a strongly ordered memory: nothing to do. */
  TableObserver NONE = (pa, bytes) -> {};

  /**
   * Descriptors were written. On return a walker that sees any later write sees these as well:
   * clean to the point of coherency where it does not snoop, then a barrier.
   *
   * @param pa the first one's physical address, a multiple of 8
   * @param bytes a multiple of 8, within one table (or a concatenated root)
   */
  void written(long pa, long bytes);

  /**
   * So many descriptors were stored, each counted as often as it is stored. They are reported by
   * {@link #written} before any walker needs to see them.
   */
  default void stored(long descriptors) {}
}
