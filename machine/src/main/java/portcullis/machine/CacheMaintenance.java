package portcullis.machine;

/**
 * What the CPUs' cache maintenance by address does, to the point of coherency (DDI 0487 D7.5.9).
 */
interface CacheMaintenance {

  /** For memory that every observer sees alike. */
  CacheMaintenance NONE =
      new CacheMaintenance() {
        @Override
        public boolean matters() {
          return false;
        }

        @Override
        public void clean(long pa, long bytes) {}

        @Override
        public void cleanAndInvalidate(long pa, long bytes) {}
      };

  /** Whether anybody could see that it was done. */
  boolean matters();

  /** DC CVAC of every line of {@code [pa, pa+bytes)}. */
  void clean(long pa, long bytes);

  /** DC CIVAC of every line of {@code [pa, pa+bytes)}. */
  void cleanAndInvalidate(long pa, long bytes);
}
