package portcullis.hyp;

import java.util.List;
import portcullis.hyp.iommu.IommuDriverFactory;
import portcullis.hyp.mem.HostPages;
import portcullis.hyp.mem.PageOwner;
import portcullis.hyp.mem.PagePolicy;
import portcullis.platform.boot.BootParameters;
import portcullis.store.Store;

/** A deprivileged host on a {@link FakeMachine} with two fake IOMMU drivers. */
public final class Rig {
  public final Store store = new Store();
  public final BootParameters parameters;
  public final FakeMachine machine;
  public final Hypervisor hypervisor;
  public final HostPages pages;
  public final FakeDriver first;
  public final FakeDriver second;
  public final long page;

  /** With the default policy, 4K pages, and enough memory at EL2. */
  public Rig() {
    this(PagePolicy.DEFAULT, 12, 4096);
  }

  public Rig(PagePolicy policy) {
    this(policy, 12, 4096);
  }

  public Rig(PagePolicy policy, int pageShift, long hypervisorPages) {
    parameters = FakeMachine.board(pageShift, hypervisorPages);
    page = parameters.pageSize();
    machine = new FakeMachine(store, pageShift);
    IommuDriverFactory one = (s, p, services, b) -> new FakeDriver(s, "first", machine, services);
    IommuDriverFactory two = (s, p, services, b) -> new FakeDriver(s, "second", machine, services);
    hypervisor = new Hypervisor(store, machine, parameters, policy, List.of(one, two));
    pages = hypervisor.pages();
    first = (FakeDriver) hypervisor.iommus().drivers().get(0);
    second = (FakeDriver) hypervisor.iommus().drivers().get(1);
    hypervisor.boot();
    hypervisor.deprivilege();
    machine.log.clear();
  }

  /** The first byte of RAM. */
  public long ram() {
    return parameters.memory().get(0).base();
  }

  /** The page frame number of {@code pa}. */
  public long pfn(long pa) {
    return pa >>> parameters.pageShift();
  }

  /** The host touches {@code pa}; whether EL2 lets it. */
  public boolean touch(long pa) {
    return machine.touch(hypervisor, pa);
  }

  /** A hypercall of the host. */
  public long call(Hypercall call, long... arguments) {
    return machine.call(hypervisor, call.function(), arguments);
  }

  /** Whether the host could reach the page now, by any CPU or device, without EL2's consent. */
  public boolean hostReaches(long pa) {
    return machine.reachesWithoutTrap(pa) || first.reaches(pa) || second.reaches(pa);
  }

  /** How often {@code kind} happened. */
  public long traps(TrapKind kind) {
    return hypervisor.traps().stream()
        .filter(trap -> trap.kind() == kind)
        .findFirst()
        .orElseThrow()
        .count();
  }

  /** The promise: what is not the host's, the host does not reach. */
  public void check(long pa) {
    if (pages.owner(pa) != PageOwner.HOST && machine.reachesWithoutTrap(pa)) {
      throw new AssertionError("a CPU reaches 0x%x of %s".formatted(pa, pages.owner(pa)));
    }
    if (pages.owner(pa) == PageOwner.GUEST && (first.reaches(pa) || second.reaches(pa))) {
      throw new AssertionError("a device reaches 0x%x of a guest".formatted(pa));
    }
  }
}
