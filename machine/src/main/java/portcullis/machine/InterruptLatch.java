package portcullis.machine;

import portcullis.machine.smmuv3.InterruptLine;
import portcullis.machine.smmuv3.InterruptSink;
import portcullis.platform.WiredInterrupt;
import portcullis.store.Store;
import portcullis.store.Words;

/** One SMMU's wired interrupts, latched until the host takes them. */
public final class InterruptLatch implements InterruptSink {
  private final Words edges;

  /**
   * Nothing raised yet.
   *
   * @param smmu prefix of the cells' names
   */
  public InterruptLatch(Store store, String smmu) {
    edges = store.words(smmu + ".interrupts", InterruptLine.values().length);
  }

  /** One edge that EL2 raises in the SMMU's place. */
  void raise(WiredInterrupt wire) {
    signal(
        switch (wire) {
          case GERROR -> InterruptLine.GERROR;
          case CMDQ_SYNC -> InterruptLine.CMDQ_SYNC;
        });
  }

  @Override
  public void signal(InterruptLine line) {
    edges.set(line.ordinal(), edges.get(line.ordinal()) + 1);
  }

  /** Edges on {@code line} since it was last taken; none are left. */
  public long take(InterruptLine line) {
    long count = edges.get(line.ordinal());
    edges.set(line.ordinal(), 0);
    return count;
  }
}
