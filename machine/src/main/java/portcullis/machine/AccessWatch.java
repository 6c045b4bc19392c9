package portcullis.machine;

/** Is told of each access that an SMMU makes for itself: of configuration, tables and queues. */
@FunctionalInterface
public interface AccessWatch {

  /**
   * An access goes out.
   *
   * @param initiator the SMMU's name, as {@link Machine#smmuName} makes it
   * @param pa where
   */
  void accessed(String initiator, long pa, boolean write);
}
