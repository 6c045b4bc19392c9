package portcullis.machine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import portcullis.arch.smmu.Idr1;
import portcullis.board.AddressRange;
import portcullis.board.Attachment;
import portcullis.board.Board;
import portcullis.board.Master;
import portcullis.board.Smmu;
import portcullis.board.StreamRange;
import portcullis.machine.smmuv3.SmmuV3;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.platform.El2Vectors;
import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.Platform;
import portcullis.platform.boot.MemoryRange;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/**
 * A whole machine, built from a board: its RAM, its enabled SMMUs of one profile, its DMA masters,
 * CPUs and clock. All of its state is in the store that it was given.
 */
public final class Machine {
  private final Cpus cpus;
  private final List<Optional<SmmuV3>> smmus = new ArrayList<>();
  private final List<Optional<InterruptLatch>> interrupts = new ArrayList<>();
  private final List<DmaMaster> masters = new ArrayList<>();

  /** Null where all devices look into them. */
  private final CpuCaches caches;

  /** By the address of its registers, what has a power switch. */
  private final Map<Long, SmmuV3> powered = new HashMap<>();

  private final PhysicalMemory seenByCpus;
  private final PhysicalMemory seenPastCaches;

  /**
   * Builds the machine and declares its state.
   *
   * @param profile what its SMMUs can do; whether each is coherent is the board's word
   * @param cpuCount how many CPUs run the host, at least 1
   * @param trace takes what happens on the bus and in the SMMUs
   */
  public Machine(Store store, Board board, Profile profile, int cpuCount, TraceSink trace) {
    this(store, board, profile, cpuCount, trace, null);
  }

  /**
   * As the other.
   *
   * @param watch is told of what the SMMUs access for themselves; null for nobody
   */
  public Machine(
      Store store, Board board, Profile profile, int cpuCount, TraceSink trace, AccessWatch watch) {
    Ram ram =
        new Ram(
            store,
            board.memory().stream().map(Machine::range).toList(),
            profile.architecturalCaches() ? new MemoryHistory(store, "ram.history") : null);
    ModelClock clock = new ModelClock(store);
    caches = snooped(board) ? null : cachesAbove(ram, store, profile);
    SystemBus bus =
        caches == null
            ? new SystemBus(ram, trace, clock)
            : new SystemBus(ram, caches, caches.below(), trace, clock);
    seenByCpus = caches == null ? ram : caches.glimpse();
    seenPastCaches = ram;
    Map<Long, InterruptLatch> latches = new HashMap<>();
    HostWires wires = (registers, wire) -> latches.get(registers).raise(wire);
    cpus =
        new Cpus(
            store,
            cpuCount,
            caches == null ? ram : caches,
            bus::drivenBy,
            bus::drivenUncachedBy,
            caches == null ? CacheMaintenance.NONE : caches,
            new InnerShareable(smmus),
            wires,
            this::power,
            clock,
            trace);
    long[] streamIds = largestStreamIds(board);
    for (Smmu node : board.smmus()) {
      if (!node.enabled()) {
        smmus.add(Optional.empty());
        interrupts.add(Optional.empty());
        continue;
      }
      String name = smmuName(node);
      InterruptLatch lines = new InterruptLatch(store, name);
      Profile its = fitted(profile, node, streamIds[node.index()]);
      Bus own = node.coherent() ? bus.drivenBy(name) : bus.drivenUncachedBy(name);
      Bus port = watch == null ? own : new WatchedBus(own, name, watch);
      ClientDevices clients = new ClientDevices(node.index(), masters);
      SmmuV3 smmu =
          new SmmuV3(
              store, name, its, node.abortsWithoutPower(), port, lines, clients, trace, clock);
      powered.put(node.registers().base(), smmu);
      smmus.add(Optional.of(smmu));
      interrupts.add(Optional.of(lines));
      latches.put(node.registers().base(), lines);
      bus.place(smmu, node.registers().base(), smmu.registerBytes());
    }
    for (Master master : board.masters()) {
      Bus own =
          master.coherent() ? bus.drivenBy(master.name()) : bus.drivenUncachedBy(master.name());
      masters.add(new DmaMaster(store, master, smmus, own));
    }
  }

  /** Whether all that reads or writes memory looks into the CPUs' caches. */
  private static boolean snooped(Board board) {
    return board.smmus().stream().allMatch(smmu -> smmu.coherent() || !smmu.enabled())
        && board.masters().stream()
            .filter(master -> master.enabled() && master.attachment() == Attachment.SMMU)
            .allMatch(Master::coherent);
  }

  private static CpuCaches cachesAbove(Ram ram, Store store, Profile profile) {
    return new CpuCaches(
        store,
        ram,
        profile.architecturalCaches() ? new MemoryHistory(store, "cpu.cache.history") : null);
  }

  /** The largest StreamID that any master sends to each SMMU, by the board's index. */
  private static long[] largestStreamIds(Board board) {
    long[] largest = new long[board.smmus().size()];
    for (Master master : board.masters()) {
      for (StreamRange range : master.streams()) {
        long last = range.first() + range.count() - 1;
        largest[range.smmu()] = Math.max(largest[range.smmu()], last);
      }
    }
    return largest;
  }

  /**
   * The profile as this board has it: coherent as the tree says, with StreamIDs as wide as the
   * masters behind it need, if the product's default is narrower, and with a VATOS page and Command
   * queue control pages only where the tree has addresses for them. A product is wired into boards
   * that leave some of its pages out; what is not there, its identification cannot offer.
   */
  private static Profile fitted(Profile profile, Smmu node, long largestStreamId) {
    int needed = Long.SIZE - Long.numberOfLeadingZeros(largestStreamId);
    int offered = (int) Idr1.SIDSIZE.get(profile.idr1());
    Profile coherent = profile.withCoherence(node.coherent());
    List<Profile> larger =
        List.of(coherent, coherent.withoutEnhancedQueues(), coherent.withoutVatos());
    return larger.stream()
        .filter(its -> new Features(its).registerBytes() <= node.registers().size())
        .findFirst()
        .orElse(coherent.withoutVatos().withoutEnhancedQueues())
        .withStreamIdBits(Math.max(needed, offered));
  }

  /** The name of an SMMU's model, for cells and traces: {@code smmu} and its index. */
  public static String smmuName(Smmu node) {
    return "smmu" + node.index();
  }

  private static MemoryRange range(AddressRange range) {
    return new MemoryRange(range.base(), range.size());
  }

  /** The machine as EL2 touches it. */
  public Platform platform() {
    return cpus.platform();
  }

  /**
   * Memory as CPUs and coherent devices would find it; looking changes nothing. For who judges from
   * outside.
   */
  public PhysicalMemory seenByCpus() {
    return seenByCpus;
  }

  /** Memory as those find it that do not look into the CPUs' caches. */
  public PhysicalMemory seenPastCaches() {
    return seenPastCaches;
  }

  private void power(long registers, boolean on) {
    powered.get(registers).power(on);
  }

  /** Whether some device does not look into the CPUs' caches, so that these are modelled. */
  public boolean hasCaches() {
    return caches != null;
  }

  /** The CPUs' caches write back what became dirty last, as they may at any moment. */
  public void writeCachesBack() {
    if (caches != null) {
      caches.writeLatestBack();
    }
  }

  /** Sends the host's exceptions to EL2 from now on. */
  public void installEl2(El2Vectors vectors) {
    cpus.installEl2(vectors);
  }

  /** A CPU that runs the host. */
  public HostCpu cpu(int number) {
    return cpus.cpu(number);
  }

  /** The SMMU at the board's index; empty where the board disables it. */
  public Optional<SmmuV3> smmu(int index) {
    return smmus.get(index);
  }

  /** The wired interrupts of the SMMU at the board's index; empty where the board disables it. */
  public Optional<InterruptLatch> interrupts(int index) {
    return interrupts.get(index);
  }

  /** Every DMA master, in the board's order. */
  public List<DmaMaster> masters() {
    return Collections.unmodifiableList(masters);
  }
}
