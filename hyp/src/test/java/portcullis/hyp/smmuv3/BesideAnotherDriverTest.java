package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Register;
import portcullis.hyp.Hypercall;
import portcullis.hyp.Hypervisor;
import portcullis.hyp.Status;
import portcullis.hyp.iommu.IommuDriver;
import portcullis.hyp.iommu.IommuDriverFactory;
import portcullis.hyp.mem.PagePolicy;
import portcullis.hyp.mem.PageServices;
import portcullis.platform.CpuContext;
import portcullis.platform.boot.MemoryRange;

/** The SMMUv3 driver and a driver for an IOMMU of another kind, under one hypervisor. */
class BesideAnotherDriverTest {
  private static final MemoryRange OTHER = new MemoryRange(0x3000_0000L, 0x1000);

  private final Fixture f = new Fixture();
  private final Other other = new Other();
  private SmmuV3Driver smmus;
  private Hypervisor hypervisor;

  /** An IOMMU with one register and its own idea of which pages its devices reach. */
  private final class Other implements IommuDriver {
    private final BitSet reached = new BitSet();
    private PageServices pages;
    private Status answer = Status.OK;
    private long register;

    @Override
    public String name() {
      return "other";
    }

    @Override
    public Status init() {
      assertEquals(Status.OK, pages.donateMmio(OTHER));
      pages.forEachHostRange(
          (start, end, memory) -> {
            if (memory) {
              reached.set(page(start), page(end));
            }
            return Status.OK;
          });
      return Status.OK;
    }

    @Override
    public Status reserve(long start, long end, int prot) {
      return Status.OK;
    }

    @Override
    public Status hostStage2Idmap(long start, long end, int prot) {
      if (answer.ok() || prot != NONE) {
        reached.set(page(start), page(end), prot != NONE);
        return Status.OK;
      }
      return answer;
    }

    @Override
    public boolean dabtHandler(CpuContext context, long ipa) {
      if (!OTHER.contains(ipa)) {
        return false;
      }
      register = context.register(4);
      context.skipInstruction();
      return true;
    }

    private static int page(long pa) {
      return (int) (pa >>> 12);
    }

    boolean reaches(long pa) {
      return reached.get(page(pa));
    }
  }

  /** Boots with the SMMUv3 driver in the place {@code smmuPlace}, 0 or 1. */
  private void boot(int smmuPlace) {
    IommuDriverFactory smmuv3 =
        (store, platform, pages, parameters) -> {
          smmus = new SmmuV3Driver(store, platform, pages, parameters, f.policy);
          return smmus;
        };
    IommuDriverFactory otherKind =
        (store, platform, pages, parameters) -> {
          other.pages = pages;
          return other;
        };
    hypervisor =
        new Hypervisor(
            f.store,
            f.platform,
            f.parameters(),
            PagePolicy.DEFAULT,
            smmuPlace == 0 ? List.of(smmuv3, otherKind) : List.of(otherKind, smmuv3));
    assertEquals(Status.OK, hypervisor.boot());
    hypervisor.deprivilege();
    f.driver = smmus;
    f.pages = hypervisor.pages();
  }

  private long call(Hypercall call, long... arguments) {
    f.cpu.registers[0] = call.function();
    System.arraycopy(arguments, 0, f.cpu.registers, 1, arguments.length);
    hypervisor.hypercall(f.cpu);
    return f.cpu.registers[0];
  }

  @Test
  void aPageThatPassesLeavesBothAndComesBackToBoth() {
    for (int place = 0; place < 2; place++) {
      BesideAnotherDriverTest test = new BesideAnotherDriverTest();
      test.boot(place);
      assertTrue(test.devicesReach(true));
      long guest = test.call(Hypercall.CREATE_GUEST);
      assertEquals(0, test.call(Hypercall.DONATE, guest, Fixture.RAM >>> 12, 1));
      assertTrue(test.devicesReach(false));
      assertEquals(0, test.call(Hypercall.DESTROY_GUEST, guest));
      assertEquals(0, test.call(Hypercall.RECLAIM, Fixture.RAM >>> 12, 1));
      assertTrue(test.devicesReach(true));
    }
  }

  private boolean devicesReach(boolean reach) {
    return Stage2Oracle.maps(f, Fixture.RAM) == reach && other.reaches(Fixture.RAM) == reach;
  }

  @Test
  void eachGetsTheAccessesToItsOwnRegisters() {
    boot(0);
    f.cpu.registers[4] = 0x77;
    hypervisor.dataAbort(f.cpu.stopAt(true, OTHER.base(), 4, 4));
    assertTrue(f.cpu.skipped && !f.cpu.aborted);
    assertEquals(0x77, other.register);

    f.cpu.registers[4] = 0x123;
    long cr1 = Fixture.SMMU0 + Register.CR1.offset();
    hypervisor.dataAbort(f.cpu.stopAt(true, cr1, 4, 4));
    assertTrue(f.cpu.skipped && !f.cpu.aborted);
    assertEquals(0x123, f.read(Register.CR1));
    assertEquals(0x77, other.register);
  }

  @Test
  void whatOneRefusesStaysTheHostsForBoth() {
    for (int place = 0; place < 2; place++) {
      BesideAnotherDriverTest test = new BesideAnotherDriverTest();
      test.boot(place);
      test.other.answer = Status.TIMEOUT;
      long guest = test.call(Hypercall.CREATE_GUEST);
      assertEquals(
          Status.TIMEOUT.code(), test.call(Hypercall.DONATE, guest, Fixture.RAM >>> 12, 1));
      assertTrue(test.f.pages.hostOwns(Fixture.RAM, 0x1000));
      assertTrue(test.devicesReach(true));
    }
  }

  @Test
  void theOthersRegistersAreOutOfReachOfDevicesBehindTheSmmus() {
    boot(0);
    assertFalse(Stage2Oracle.maps(f, OTHER.base()));
    assertTrue(Stage2Oracle.maps(f, OTHER.end()));
  }
}
