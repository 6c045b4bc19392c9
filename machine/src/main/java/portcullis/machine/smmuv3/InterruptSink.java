package portcullis.machine.smmuv3;

/** Where an SMMU's wired interrupts go. MSIs are memory writes and go to the bus instead. */
@FunctionalInterface
public interface InterruptSink {

  /** A sink for an SMMU whose interrupts nobody takes. */
  InterruptSink NONE = line -> {};

  /** One edge on {@code line}. */
  void signal(InterruptLine line);
}
