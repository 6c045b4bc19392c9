package portcullis.machine.smmuv3;

/** Where an SMMU's wired interrupts go. MSIs are memory writes and go to the bus instead. */
@FunctionalInterface
public interface InterruptSink {

  /** One edge on {@code line}. */
  void signal(InterruptLine line);
}
