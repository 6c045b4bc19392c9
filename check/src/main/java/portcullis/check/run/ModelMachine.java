package portcullis.check.run;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import portcullis.board.Board;
import portcullis.board.Smmu;
import portcullis.machine.InterruptLatch;
import portcullis.machine.Machine;
import portcullis.machine.smmuv3.InterruptLine;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.El2Vectors;
import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.Platform;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/** The model of a board. */
final class ModelMachine implements RunMachine {
  private final Board board;
  private final Profile profile;
  private final Machine machine;
  private final List<RunMaster> masters;

  ModelMachine(Board board, Profile profile, Store store, TraceSink trace) {
    this.board = board;
    this.profile = profile;
    machine = new Machine(store, board, profile, 1, trace);
    masters =
        machine.masters().stream()
            .filter(master -> master.description().enabled())
            .<RunMaster>map(ModelMaster::new)
            .toList();
  }

  @Override
  public String kind() {
    return "model";
  }

  @Override
  public String profile() {
    return profile.name();
  }

  @Override
  public Board board() {
    return board;
  }

  @Override
  public Platform platform() {
    return machine.platform();
  }

  @Override
  public List<PhysicalMemory> views() {
    return List.of(machine.seenByCpus(), machine.seenPastCaches());
  }

  @Override
  public HostCpu cpu() {
    return machine.cpu(0);
  }

  @Override
  public void installEl2(El2Vectors vectors) {
    machine.installEl2(vectors);
  }

  @Override
  public List<RunMaster> masters() {
    return masters;
  }

  @Override
  public InterruptLatch interrupts(Smmu smmu) {
    return machine.interrupts(smmu.index()).orElseThrow();
  }

  @Override
  public Set<InterruptLine> followedWires() {
    return EnumSet.allOf(InterruptLine.class);
  }

  @Override
  public boolean switchesPower() {
    return true;
  }

  @Override
  public Set<Deviation> deviations() {
    return Set.of();
  }

  @Override
  public void close() {}
}
