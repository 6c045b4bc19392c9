package portcullis.hyp.iommu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.hyp.FakeMachine;
import portcullis.hyp.Status;
import portcullis.hyp.mem.HostMapping;
import portcullis.platform.CpuContext;
import portcullis.store.Store;

class IommuCoreTest {
  private final Store store = new Store();
  private final IommuCore core = new IommuCore(store);
  private final List<String> calls = new ArrayList<>();

  /** Answers everything with one status, and aborts with {@code handles}. */
  private final class Driver implements IommuDriver {
    private final String name;
    private final Status init;
    private final Status answer;
    private final boolean handles;

    Driver(String name, Status init, Status answer, boolean handles) {
      this.name = name;
      this.init = init;
      this.answer = answer;
      this.handles = handles;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Status init() {
      calls.add(name + " init");
      return init;
    }

    @Override
    public Status reserve(long start, long end, int prot) {
      calls.add(name + " reserve " + prot);
      return answer;
    }

    @Override
    public Status hostStage2Idmap(long start, long end, int prot) {
      calls.add(name + " idmap " + prot);
      return answer;
    }

    @Override
    public boolean dabtHandler(CpuContext context, long ipa) {
      calls.add(name + " dabt");
      return handles;
    }
  }

  @Test
  void isToldNothingBeforeInit() {
    core.register(new Driver("a", Status.OK, Status.TIMEOUT, true));
    assertEquals(Status.OK, core.changed(0, 0x1000, HostMapping.NONE));
    assertEquals(Status.OK, core.reserve(0, 0x1000, HostMapping.NONE));
    assertEquals(List.of(), calls);
  }

  @Test
  void aDriverThatRefusesTakesNoPartAndTheOthersDo() {
    core.register(new Driver("a", Status.NOT_FOUND, Status.TIMEOUT, true));
    core.register(new Driver("b", Status.OK, Status.OK, false));
    assertEquals(Status.NOT_FOUND, core.init());
    assertFalse(core.isReady(0));
    assertTrue(core.isReady(1));
    assertEquals(Status.OK, core.changed(0, 0x1000, HostMapping.DEVICE));
    assertFalse(core.dabtHandler(new FakeMachine(new Store(), 12).abort(0, 0), 0));
    assertEquals(List.of("a init", "b init", "b idmap 7", "b dabt"), calls);
  }

  @Test
  void stopsAtTheFirstRefusal() {
    core.register(new Driver("a", Status.OK, Status.OK, true));
    core.register(new Driver("b", Status.OK, Status.TIMEOUT, true));
    core.register(new Driver("c", Status.OK, Status.OK, true));
    core.init();
    calls.clear();
    assertEquals(Status.TIMEOUT, core.changed(0, 0x1000, HostMapping.NONE));
    assertEquals(List.of("a idmap 0", "b idmap 0"), calls);
    assertTrue(core.dabtHandler(new FakeMachine(new Store(), 12).abort(0, 0), 0));
    assertEquals("a dabt", calls.getLast());
  }

  @Test
  void takesSoManyDriversAndNoMore() {
    for (int i = 0; i < IommuCore.MAX_DRIVERS; i++) {
      core.register(new Driver("d", Status.OK, Status.OK, false));
    }
    assertThrows(
        IllegalStateException.class,
        () -> core.register(new Driver("e", Status.OK, Status.OK, false)));
    assertEquals(Status.OK, core.init());
    assertTrue(core.isReady(IommuCore.MAX_DRIVERS - 1));
  }
}
