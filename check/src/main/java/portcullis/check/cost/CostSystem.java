package portcullis.check.cost;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import portcullis.board.Board;
import portcullis.board.Master;
import portcullis.board.Smmu;
import portcullis.board.StreamRange;
import portcullis.check.run.Run;
import portcullis.check.run.RunMachine;
import portcullis.host.Domain;
import portcullis.host.HostBoot;
import portcullis.host.HostMemory;
import portcullis.host.SmmuDriver;
import portcullis.host.StreamTable;
import portcullis.hyp.Hypercall;
import portcullis.hyp.Hypervisor;
import portcullis.hyp.mem.PagePolicy;
import portcullis.hyp.smmuv3.SmmuReport;
import portcullis.hyp.smmuv3.SmmuV3Driver;
import portcullis.machine.Machine;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.pgtable.Result;
import portcullis.platform.HostCpu;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/** One machine with EL2 under one set of rules, and a host that plays by them, to be counted. */
final class CostSystem {
  /** What the host touches of a buffer, so that EL2 has mapped it: a word in each of these. */
  private static final long TOUCHED = 1L << 21;

  /** Where buffers are mapped for devices: above what a board has, by whole gigabytes. */
  private static final long IOVA = 1L << 46;

  private static final long IOVA_OFFSET = (1L << 30) - 1;

  private final Board board;
  private final Store store = new Store();
  private final HostCpu cpu;
  private final Hypervisor hypervisor;
  private final HostMemory hostMemory;
  private final MemoryRange buffers;
  private final int pageShift;
  private final Meter meter;
  private final Cost boot;
  private SmmuV3Driver smmus;
  private SmmuDriver driver;
  private int streamId;

  /** Builds the machine, boots EL2 on it and takes the host's privilege. */
  CostSystem(Board board, Profile profile, Rules rules, HostBoot plan) {
    this.board = board;
    pageShift = plan.parameters().pageShift();
    RunMachine machine = Run.onModel(board, profile).make(store, TraceSink.NONE);
    cpu = machine.cpu();
    MemoryRange kernel = plan.kernelMemory();
    long own = HostBoot.kernelBytes(plan.parameters().smmus().size());
    hostMemory = new HostMemory(store, cpu, kernel.base(), own, pageShift);
    buffers = new MemoryRange(kernel.base() + own, kernel.size() - own);
    hypervisor =
        new Hypervisor(
            store,
            machine.platform(),
            plan.parameters(),
            PagePolicy.DEFAULT,
            List.of(
                (cells, platform, pages, parameters) -> {
                  smmus = new SmmuV3Driver(cells, platform, pages, parameters, rules.policy());
                  return smmus;
                }));
    machine.installEl2(hypervisor);
    hypervisor.boot();
    meter = new Meter(hypervisor, smmus);
    boot = meter.sinceStart();
    hypervisor.deprivilege();
  }

  /** What {@link Operation#BOOT} cost. */
  Cost boot() {
    return boot;
  }

  /**
   * Lets the host bring up every SMMU that EL2 protects, and choose a device.
   *
   * @return why there is none; empty if there is one
   */
  String start() {
    List<Smmu> enabled = board.smmus().stream().filter(Smmu::enabled).toList();
    String refusal = enabled.isEmpty() ? "the board has no SMMUv3 that is enabled" : "";
    for (int i = 0; i < enabled.size(); i++) {
      SmmuReport report = smmus.reports().get(i);
      if (report.status() == SmmuReport.Status.REFUSED) {
        refusal = refusal.isEmpty() ? report.name() + ": " + report.reason() : refusal;
        continue;
      }
      SmmuDriver started = newDriver(enabled.get(i));
      SmmuDriver.Outcome outcome = started.bringUp();
      if (outcome != SmmuDriver.Outcome.OK) {
        refusal = refusal.isEmpty() ? report.name() + ": the host's driver: " + outcome : refusal;
      } else if (driver == null) {
        driver = started;
        streamId = firstStream(enabled.get(i));
      }
    }
    return driver == null ? refusal : "";
  }

  private SmmuDriver newDriver(Smmu smmu) {
    return new SmmuDriver(
        store,
        cpu,
        hostMemory,
        "host." + Machine.smmuName(smmu),
        smmu.registers().base(),
        smmu.quirks().contains("hisilicon,broken-prefetch-cmd"),
        smmu.coherent());
  }

  /** A StreamID of a master behind the SMMU; 0 if there is none. */
  private int firstStream(Smmu smmu) {
    return board.masters().stream()
        .filter(Master::enabled)
        .flatMap(master -> master.streams().stream())
        .filter(range -> range.smmu() == smmu.index())
        .mapToLong(StreamRange::first)
        .filter(first -> first >>> StreamTable.MAX_BITS == 0)
        .mapToInt(Math::toIntExact)
        .findFirst()
        .orElse(0);
  }

  /** Every operation on {@code count} contiguous pages, in the order of {@link Operation}. */
  List<Cost> costs(long count) {
    List<Cost> costs = new ArrayList<>();
    long bytes = count << pageShift;
    long buffer = place(bytes);
    if (buffer == HostMemory.NO_PAGE) {
      for (Operation operation : Operation.values()) {
        if (operation != Operation.BOOT) {
          costs.add(Cost.failed(operation, count, "the host has no so many contiguous pages"));
        }
      }
      return costs;
    }
    for (long at = 0; at < bytes; at += TOUCHED) {
      cpu.memory().write64(buffer + at, at);
    }
    dma(count, buffer, costs);
    guest(count, buffer, costs);
    return costs;
  }

  /** The first place for a buffer of the host's, aligned to its size if there is one. */
  private long place(long bytes) {
    for (long alignment = Long.highestOneBit(bytes); alignment >> pageShift != 0; alignment >>= 1) {
      long at = (buffers.base() + alignment - 1) & -alignment;
      if (at <= buffers.end() - bytes) {
        return at;
      }
    }
    return HostMemory.NO_PAGE;
  }

  private void dma(long count, long buffer, List<Cost> costs) {
    long bytes = count << pageShift;
    long iova = IOVA | (buffer & IOVA_OFFSET);
    Domain domain = driver.newDomain();
    boolean mapped = domain != null && domain.map(iova, buffer, bytes) == Result.OK;
    costs.add(count(Operation.ATTACH, count, () -> mapped && driver.attach(streamId, domain)));
    boolean unmapped = mapped && domain.unmap(iova, bytes) == Result.OK;
    costs.add(
        count(
            Operation.MAP, count, () -> unmapped && domain.map(iova, buffer, bytes) == Result.OK));
    costs.add(
        count(Operation.UNMAP, count, () -> unmapped && domain.unmap(iova, bytes) == Result.OK));
    if (domain != null) {
      driver.detach(streamId);
      domain.destroy();
    }
  }

  private void guest(long count, long buffer, List<Cost> costs) {
    long pfn = buffer >>> pageShift;
    long guest = cpu.hypercall(Hypercall.CREATE_GUEST.function());
    costs.add(
        count(
            Operation.DONATE,
            count,
            () -> cpu.hypercall(Hypercall.DONATE.function(), guest, pfn, count) == 0));
    cpu.hypercall(Hypercall.DESTROY_GUEST.function(), guest);
    costs.add(
        count(
            Operation.RECLAIM,
            count,
            () -> cpu.hypercall(Hypercall.RECLAIM.function(), pfn, count) == 0));
  }

  private Cost count(Operation operation, long pages, BooleanSupplier action) {
    meter.reset();
    return action.getAsBoolean()
        ? meter.since(operation, pages)
        : Cost.failed(operation, pages, "refused: memory of the host or of EL2 is exhausted");
  }
}
