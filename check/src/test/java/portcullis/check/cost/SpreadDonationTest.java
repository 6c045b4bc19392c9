package portcullis.check.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import portcullis.arch.vmsa.Granule;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.MemoryArgument;
import portcullis.board.ScaledBoard;
import portcullis.board.fdt.BoardException;
import portcullis.check.run.Run;
import portcullis.check.run.RunMachine;
import portcullis.host.HostBoot;
import portcullis.hyp.Hypercall;
import portcullis.hyp.Hypervisor;
import portcullis.hyp.mem.PagePolicy;
import portcullis.hyp.smmuv3.SmmuPolicy;
import portcullis.hyp.smmuv3.SmmuV3Driver;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/**
 * Pages all over 16 TiB are given away one by one and come back in any order: each costs what the
 * first did, and nothing is left.
 */
class SpreadDonationTest {
  private static final int SMMUS = 4;
  private static final int PAGES = 2_000;
  private static final long GIGABYTE = 1L << 30;

  /** A table of 1 GiB in blocks, one of 2 MiB in pages, and the links to them. */
  private static final long SPLIT_DESCRIPTORS = 512 + 512 + 1;

  private final Store store = new Store();
  private final RunMachine machine;
  private final MemoryRange kernel;
  private final Hypervisor hypervisor;
  private final Meter meter;
  private SmmuV3Driver smmus;

  SpreadDonationTest() throws BoardException {
    Board board =
        BoardReader.read(
            ScaledBoard.of(SMMUS, 1, MemoryArgument.parse("16T")).tree(), BoardOptions.DEFAULTS);
    HostBoot plan = HostBoot.plan(board, 48, Granule.SIZE_4K).orElseThrow();
    kernel = plan.kernelMemory();
    machine = Run.onModel(board, Profile.GENERIC).make(store, TraceSink.NONE);
    hypervisor =
        new Hypervisor(
            store,
            machine.platform(),
            plan.parameters(),
            PagePolicy.DEFAULT,
            List.of(
                (cells, platform, pages, parameters) -> {
                  smmus = new SmmuV3Driver(cells, platform, pages, parameters, SmmuPolicy.DEFAULT);
                  return smmus;
                }));
    machine.installEl2(hypervisor);
    hypervisor.boot();
    hypervisor.deprivilege();
    meter = new Meter(hypervisor, smmus);
  }

  private Cost call(Operation operation, Hypercall call, long... arguments) {
    meter.reset();
    assertEquals(0, machine.cpu().hypercall(call.function(), arguments));
    return meter.since(operation, 1);
  }

  @Test
  void eachCostsWhatTheFirstDid() {
    long guest = machine.cpu().hypercall(Hypercall.CREATE_GUEST.function());
    long first = (kernel.base() + GIGABYTE - 1) & -GIGABYTE;
    long stride = (kernel.end() - first) / PAGES & -GIGABYTE;
    assertTrue(stride >= GIGABYTE);
    long poolBefore = hypervisor.pages().pool().used();
    long tablesBefore = smmus.stage2Tables().pages();
    Random random = new Random(4);
    List<Long> pages = new ArrayList<>();
    for (int i = 0; i < PAGES; i++) {
      pages.add((first + i * stride + random.nextLong(GIGABYTE)) >>> Granule.SIZE_4K.shift());
    }
    Collections.shuffle(pages, random);

    Cost donation = null;
    for (long page : pages) {
      Cost cost = call(Operation.DONATE, Hypercall.DONATE, guest, page, 1);
      assertEquals(1, cost.traps());
      assertEquals(3, cost.commands());
      assertEquals(1, cost.waits());
      assertEquals(SPLIT_DESCRIPTORS, cost.smmu().descriptors());
      assertEquals(0, cost.cpu().descriptors(), "the host never touched it");
      donation = cost;
    }
    assertEquals(tablesBefore + 2 * PAGES, donation.smmu().pages(), "split what was whole");

    assertEquals(0, machine.cpu().hypercall(Hypercall.DESTROY_GUEST.function(), guest));
    Collections.shuffle(pages, random);
    for (long page : pages) {
      Cost cost = call(Operation.RECLAIM, Hypercall.RECLAIM, page, 1);
      assertEquals(1, cost.traps());
      assertTrue(cost.commands() <= 4, "merges, at once where IDR3.BBML is 2");
      assertTrue(cost.smmu().descriptors() <= 3);
    }
    assertEquals(poolBefore, hypervisor.pages().pool().used());
  }
}
