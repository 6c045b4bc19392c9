package portcullis.machine;

import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import portcullis.platform.El2Vectors;
import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.Platform;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/**
 * The CPUs of a machine: the host's EL1 above one stage 2, and EL2. What they reach is up to the
 * bus, so that hardware of another kind than the model's can lie behind it; there an access is done
 * when it returns.
 */
public final class Cpus {
  private final Platform platform;
  private final ModelCpu.El2Entry el2 = new ModelCpu.El2Entry();
  private final List<HostCpu> cpus;

  /**
   * CPUs with stage 2 off, running the host; every device snoops their caches.
   *
   * @param count how many, at least 1
   * @param memory RAM as EL2 reaches it
   * @param drivenBy the bus as an initiator drives it: {@code host}, {@code hyp}, or {@code cpu}
   *     for walks of stage 2
   * @param interrupts takes what EL2 raises in the place of the one SMMU there is
   */
  public Cpus(
      Store store,
      int count,
      PhysicalMemory memory,
      Function<String, Bus> drivenBy,
      InterruptLatch interrupts,
      CpuClock clock,
      TraceSink trace) {
    this(
        store,
        count,
        memory,
        drivenBy,
        drivenBy,
        CacheMaintenance.NONE,
        TlbiBroadcast.NONE,
        (_, wire) -> interrupts.raise(wire),
        (_, _) -> {
          throw new UnsupportedOperationException("no device here has a power switch");
        },
        clock,
        trace);
  }

  /**
   * As the other, with agents that the CPUs' broadcast TLB maintenance reaches.
   *
   * @param uncachedBy the bus past the CPUs' caches, as an initiator drives it
   * @param caches what maintenance by address does
   * @param powerSwitch of the devices
   */
  Cpus(
      Store store,
      int count,
      PhysicalMemory memory,
      Function<String, Bus> drivenBy,
      Function<String, Bus> uncachedBy,
      CacheMaintenance caches,
      TlbiBroadcast broadcast,
      HostWires wires,
      PowerSwitch powerSwitch,
      CpuClock clock,
      TraceSink trace) {
    CpuStage2 stage2 = new CpuStage2(store, drivenBy.apply("cpu"), broadcast);
    Bus host = drivenBy.apply("host");
    Bus uncached = uncachedBy.apply("host");
    platform =
        new BusPlatform(
            memory, drivenBy.apply("hyp"), caches, clock, stage2, wires, powerSwitch, trace);
    cpus =
        IntStream.range(0, count)
            .<HostCpu>mapToObj(
                i -> new ModelCpu(store, i, host, uncached, caches, stage2, clock, el2))
            .toList();
  }

  /** The machine as EL2 touches it. */
  public Platform platform() {
    return platform;
  }

  /** Sends the host's exceptions to EL2 from now on. */
  public void installEl2(El2Vectors vectors) {
    el2.install(vectors);
  }

  /** A CPU that runs the host. */
  public HostCpu cpu(int number) {
    return cpus.get(number);
  }
}
