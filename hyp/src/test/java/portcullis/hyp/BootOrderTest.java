package portcullis.hyp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.hyp.iommu.IommuDriver;
import portcullis.hyp.iommu.IommuDriverFactory;
import portcullis.hyp.mem.PagePolicy;
import portcullis.hyp.mem.PageServices;
import portcullis.platform.CpuContext;
import portcullis.platform.boot.BootParameters;
import portcullis.store.Store;

/** The order of the boot (series part 12): memory, then drivers, then the host's privilege. */
class BootOrderTest {
  private final Store store = new Store();
  private final BootParameters parameters = FakeMachine.board(12, 4096);
  private final FakeMachine machine = new FakeMachine(store, 12);
  private final List<String> order = new ArrayList<>();

  private final class Driver implements IommuDriver {
    private final String name;
    private final PageServices pages;
    private final Status status;

    Driver(String name, PageServices pages, Status status) {
      this.name = name;
      this.pages = pages;
      this.status = status;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Status init() {
      order.add(name);
      assertTrue(pages.pool().available() > 0, "the pool is filled");
      assertFalse(
          pages.hostOwns(parameters.hypervisorMemory().base(), parameters.pageSize()),
          "EL2's memory is EL2's");
      assertEquals(0, machine.stage2Root(), "nothing is under the host yet");
      return status;
    }

    @Override
    public Status reserve(long start, long end, int prot) {
      return Status.OK;
    }

    @Override
    public Status hostStage2Idmap(long start, long end, int prot) {
      return Status.OK;
    }

    @Override
    public boolean dabtHandler(CpuContext context, long ipa) {
      return false;
    }
  }

  private IommuDriverFactory maker(String name, Status status) {
    return (s, p, pages, b) -> new Driver(name, pages, status);
  }

  @Test
  void driversTakeOverWithMemoryAndBeforeTheHostIsDeprivileged() {
    Hypervisor hypervisor =
        new Hypervisor(
            store,
            machine,
            parameters,
            PagePolicy.DEFAULT,
            List.of(maker("first", Status.OK), maker("second", Status.OK)));
    assertEquals(List.of(), order, "putting it together touches nothing");
    assertEquals(Status.OK, hypervisor.boot());
    assertEquals(List.of("first", "second"), order);
    hypervisor.deprivilege();
    assertFalse(machine.stage2Root() == 0);
    assertFalse(machine.touch(hypervisor, parameters.hypervisorMemory().base()));
  }

  @Test
  void theHostIsDeprivilegedThoughADriverRefuses() {
    Hypervisor hypervisor =
        new Hypervisor(
            store,
            machine,
            parameters,
            PagePolicy.DEFAULT,
            List.of(maker("first", Status.NO_MEMORY), maker("second", Status.OK)));
    assertEquals(Status.NO_MEMORY, hypervisor.boot());
    assertEquals(List.of("first", "second"), order, "one that refuses stops no other");
    hypervisor.deprivilege();
    assertFalse(machine.touch(hypervisor, parameters.hypervisorMemory().base()));
  }
}
