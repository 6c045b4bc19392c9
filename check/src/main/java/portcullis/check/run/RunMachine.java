package portcullis.check.run;

import java.util.List;
import java.util.Set;
import portcullis.board.Board;
import portcullis.board.Smmu;
import portcullis.machine.InterruptLatch;
import portcullis.machine.smmuv3.InterruptLine;
import portcullis.platform.El2Vectors;
import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.Platform;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/** A machine as a run needs it: where EL2 and the host run, and what attacks by DMA. */
public interface RunMachine extends AutoCloseable {

  /** Builds a machine. */
  @FunctionalInterface
  interface Maker {
    /**
     * Builds one whose state, as far as it is this process's, is in {@code store}.
     *
     * @param trace takes what happens in it; of DMA at least each access that an SMMU stopped and
     *     has recorded
     */
    RunMachine make(Store store, TraceSink trace);
  }

  /** What it is: {@code model}, or a program and its version. */
  String kind();

  /** What its SMMUs can do, where that was chosen by name; else empty. */
  String profile();

  /** What it consists of. */
  Board board();

  /** The machine as EL2 touches it. */
  Platform platform();

  /**
   * Memory as it really is, past every translation, once for each kind of observer: those that look
   * into the CPUs' caches and, if there are any, those that do not. Looking changes nothing.
   */
  default List<PhysicalMemory> views() {
    return List.of(platform().memory());
  }

  /** The CPU that runs the host. */
  HostCpu cpu();

  /** Sends the host's exceptions to EL2 from now on. */
  void installEl2(El2Vectors vectors);

  /** What does DMA: devices that the board does not disable, in its order. */
  List<RunMaster> masters();

  /** The wires of an SMMU of the board's, as far as {@link #followedWires} has them. */
  InterruptLatch interrupts(Smmu smmu);

  /** The wires on which all that is signalled is seen. */
  Set<InterruptLine> followedWires();

  /** Whether EL2 can switch its SMMUs' power ({@link Platform#power}). */
  default boolean switchesPower() {
    return false;
  }

  /** Where its SMMUs are known to depart from the architecture, so that an attempt gets through. */
  Set<Deviation> deviations();

  /** Ends it. */
  @Override
  void close();
}
