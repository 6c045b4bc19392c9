package portcullis.check.hostile;

import java.util.ArrayList;
import java.util.List;
import portcullis.board.Board;
import portcullis.board.Smmu;
import portcullis.check.run.Policies;
import portcullis.check.run.Run;
import portcullis.host.HostBoot;
import portcullis.hyp.Hypervisor;
import portcullis.hyp.smmuv3.SmmuReport;
import portcullis.hyp.smmuv3.SmmuV3Driver;
import portcullis.machine.AccessWatch;
import portcullis.machine.Machine;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.boot.BootParameters;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/**
 * The real system, deprivileged, before the host has touched anything.
 *
 * @param store all state
 * @param kernelMemory RAM that is the host's
 * @param smmus those that EL2 protects
 * @param architecturalCaches whether SMMUs can be asked for all that they may hold
 */
record Testbed(
    Store store,
    Machine machine,
    Hypervisor hypervisor,
    SmmuV3Driver driver,
    BootParameters parameters,
    MemoryRange kernelMemory,
    List<Smmu> smmus,
    boolean architecturalCaches) {
  /**
   * Builds and boots it.
   *
   * @param watch is told of what the SMMUs access for themselves, from the beginning
   * @throws IllegalArgumentException if the board has no SMMU that EL2 protects
   */
  static Testbed boot(Board board, Profile profile, Policies policies, AccessWatch watch) {
    return boot(board, profile, policies, watch, TraceSink.NONE);
  }

  /** As the other; {@code trace} takes what happens. */
  static Testbed boot(
      Board board, Profile profile, Policies policies, AccessWatch watch, TraceSink trace) {
    HostBoot boot =
        HostBoot.plan(board, Run.addressBits(policies.granule()), policies.granule())
            .orElseThrow(() -> new IllegalArgumentException(board.model() + ": too little memory"));
    Store store = new Store();
    Machine machine = new Machine(store, board, profile, 1, trace, watch);
    List<SmmuV3Driver> drivers = new ArrayList<>();
    Hypervisor hypervisor =
        new Hypervisor(
            store,
            machine.platform(),
            boot.parameters(),
            policies.pages(),
            List.of(
                (cells, platform, pages, parameters) -> {
                  drivers.add(
                      new SmmuV3Driver(cells, platform, pages, parameters, policies.smmu()));
                  return drivers.getFirst();
                }));
    machine.installEl2(hypervisor);
    hypervisor.boot();
    hypervisor.deprivilege();
    List<Smmu> enabled = board.smmus().stream().filter(Smmu::enabled).toList();
    List<Smmu> taken = new ArrayList<>();
    for (int i = 0; i < enabled.size(); i++) {
      SmmuReport report = drivers.getFirst().reports().get(i);
      if (report.status() == SmmuReport.Status.PROTECTED) {
        taken.add(enabled.get(i));
      }
    }
    if (taken.isEmpty()) {
      throw new IllegalArgumentException(board.model() + ": no SMMU that EL2 protects");
    }
    return new Testbed(
        store,
        machine,
        hypervisor,
        drivers.getFirst(),
        boot.parameters(),
        boot.kernelMemory(),
        List.copyOf(taken),
        profile.architecturalCaches());
  }
}
