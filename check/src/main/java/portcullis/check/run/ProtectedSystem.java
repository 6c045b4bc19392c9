package portcullis.check.run;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import portcullis.arch.Field;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.board.Smmu;
import portcullis.host.HostBoot;
import portcullis.host.HostMemory;
import portcullis.host.SmmuDriver;
import portcullis.hyp.Hypercall;
import portcullis.hyp.Hypervisor;
import portcullis.hyp.Status;
import portcullis.hyp.TrapCount;
import portcullis.hyp.mem.PageCondition;
import portcullis.hyp.mem.PagePolicy;
import portcullis.hyp.mem.PageTransition;
import portcullis.hyp.smmuv3.Counters;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.hyp.smmuv3.SmmuReport;
import portcullis.hyp.smmuv3.SmmuV3Driver;
import portcullis.machine.Machine;
import portcullis.platform.DeviceRegisters;
import portcullis.platform.HostCpu;
import portcullis.store.Store;

/**
 * A machine, a host and EL2 under it, put together: what a run drives. The host uses what the
 * hardware and the hypervisor offer and nothing else; only {@link Victim} and {@link
 * #hardwareRegister} look from outside.
 */
final class ProtectedSystem {
  /** What pages are filled with: not what any interrupt message writes. */
  private static final long FILLING = 0x5a5a_5a5a_5a5a_5a5aL;

  private final Policies policies;
  private final Store store;
  private final Witness witness;
  private final RunMachine machine;
  private final HostBoot boot;
  private final HostMemory hostMemory;
  private final List<Victim> victims = new ArrayList<>();
  private Hypervisor hypervisor;
  private SmmuV3Driver smmuDriver;
  private long guest;

  private ProtectedSystem(
      Policies policies, Store store, Witness witness, RunMachine machine, HostBoot boot) {
    this.policies = policies;
    this.store = store;
    this.witness = witness;
    this.machine = machine;
    this.boot = boot;
    hostMemory =
        new HostMemory(
            store,
            machine.cpu(),
            boot.kernelMemory().base(),
            boot.kernelMemory().size(),
            boot.parameters().pageShift());
  }

  /** Loads the host onto a machine; empty if the board's memory does not suffice for it. */
  static Optional<ProtectedSystem> load(
      RunMachine machine, Store store, Witness witness, Policies policies) {
    return HostBoot.plan(machine.board(), Run.addressBits(policies.granule()), policies.granule())
        .map(boot -> new ProtectedSystem(policies, store, witness, machine, boot));
  }

  /**
   * Boots EL2 and takes the host's privilege.
   *
   * @return what became of each enabled SMMU, by the board's index
   */
  Map<Integer, SmmuReport> boot() {
    hypervisor =
        new Hypervisor(
            store,
            machine.platform(),
            boot.parameters(),
            policies.pages(),
            List.of(
                (cells, platform, pages, parameters) -> {
                  smmuDriver =
                      new SmmuV3Driver(cells, platform, pages, parameters, policies.smmu());
                  return smmuDriver;
                }));
    machine.installEl2(hypervisor);
    hypervisor.boot();
    hypervisor.deprivilege();
    Map<Integer, SmmuReport> reports = new LinkedHashMap<>();
    List<Smmu> enabled = machine.board().smmus().stream().filter(Smmu::enabled).toList();
    for (int i = 0; i < enabled.size(); i++) {
      reports.put(enabled.get(i).index(), smmuDriver.reports().get(i));
    }
    return reports;
  }

  RunMachine machine() {
    return machine;
  }

  HostCpu cpu() {
    return machine.cpu();
  }

  HostMemory hostMemory() {
    return hostMemory;
  }

  /** Bytes in a page: what changes hands. */
  int pageBytes() {
    return (int) policies.granule().bytes();
  }

  /** The host's driver of one SMMU; {@code prefix} and the SMMU's name begin its cells' names. */
  SmmuDriver newDriver(Smmu smmu, String prefix) {
    return new SmmuDriver(
        store,
        cpu(),
        hostMemory,
        prefix + Machine.smmuName(smmu),
        smmu.registers().base(),
        smmu.quirks().contains("hisilicon,broken-prefetch-cmd"),
        smmu.coherent());
  }

  /** Starts the guest that victims are given to. */
  void startGuest() {
    guest = cpu().hypercall(Hypercall.CREATE_GUEST.function());
  }

  /** A fresh page of the host's that will be given away. */
  Victim newVictim() {
    return victimAt(newPage());
  }

  /**
   * A fresh page of the host's, with no byte zero: what a device gets from it is told from none.
   */
  long newPage() {
    long page = hostMemory.allocateBytes(pageBytes());
    for (int i = 0; i < pageBytes(); i += Long.BYTES) {
      cpu().memory().write64(page + i, FILLING);
    }
    cpu().clean(page, pageBytes());
    return page;
  }

  /** A page that the host already has. */
  Victim victimAt(long address) {
    return new Victim(machine.views(), address, pageBytes());
  }

  /**
   * Gives a page to the guest.
   *
   * @return whether EL2 let it pass; if not, the journal has it
   */
  boolean giveAway(Victim victim, Journal journal) {
    victim.remember();
    boolean given = donate(victim.address());
    if (given) {
      victims.add(victim);
    } else {
      journal.mustWork("the host gives a page to a guest", false, () -> "EL2: DONATE refused");
    }
    return given;
  }

  /** Tries to give a page away that must stay; if EL2 lets it pass, it is the guest's. */
  boolean tryGiveAway(long address) {
    boolean given = donate(address);
    if (given) {
      victims.add(victimAt(address));
    }
    return given;
  }

  private boolean donate(long address) {
    long pfn = address >>> boot.parameters().pageShift();
    return cpu().hypercall(Hypercall.DONATE.function(), guest, pfn, 1) == 0;
  }

  /**
   * Asks EL2 to take the power of the SMMU at {@code base}, or to give it back.
   *
   * @return whether EL2 says that it has
   */
  boolean power(long base, boolean on) {
    Hypercall call = on ? Hypercall.POWER_ON : Hypercall.POWER_OFF;
    return cpu().hypercall(call.function(), base) == Status.OK.code();
  }

  /** Ends the guest and takes every page back. */
  void endGuest(Journal journal) {
    boolean ended = cpu().hypercall(Hypercall.DESTROY_GUEST.function(), guest) == 0;
    for (Victim victim : victims) {
      long pfn = victim.address() >>> boot.parameters().pageShift();
      ended &= cpu().hypercall(Hypercall.RECLAIM.function(), pfn, 1) == 0;
    }
    journal.mustWork(
        "the host ends the guest and reclaims every page it had (%d)".formatted(victims.size()),
        ended,
        () -> "EL2: hypercall refused");
    victims.clear();
  }

  /** Forgets what was seen so far. */
  void forget() {
    witness.forget();
  }

  /** What the host's CPU finds in its memory, past what its caches may hold from before. */
  byte[] load(long address, int bytes) {
    cpu().cleanAndInvalidate(address, bytes);
    ByteBuffer words = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < bytes; i += Long.BYTES) {
      words.putLong(i, cpu().memory().read64(address + i));
    }
    return words.array();
  }

  /** Whether the host's CPU finds {@code data} in its memory. */
  boolean holds(long address, byte[] data) {
    return Arrays.equals(data, load(address, data.length));
  }

  /** Whether the SMMU at {@code base} can signal by writing to memory (IHI 0070 6.3.1). */
  boolean sendsMessages(long base) {
    return Idr0.MSI.isSet(hardwareRegister(base, Register.IDR0));
  }

  /** What stopped the last DMA access. */
  String whyStopped() {
    return witness.fault();
  }

  /** What EL2 said to the last register access that it did not let through. */
  String whyTrapped() {
    return witness.trap();
  }

  /** What EL2 says to a change of a page, and why. */
  String whyPage(PageTransition transition, PageCondition from) {
    PagePolicy.Row row = policies.pages().row(transition, from);
    return "EL2: %s: %s".formatted(row.name(), row.reason());
  }

  /** What EL2 does with a command, and why. */
  String whyCommand(Opcode opcode) {
    return policies.smmu().commands().rows().stream()
        .filter(row -> row.opcode() == opcode)
        .map(row -> "EL2: %s %s: %s".formatted(row.name(), row.verdict(), row.reason()))
        .findFirst()
        .orElse("EL2: no row");
  }

  /** What EL2 makes of a field of an STE, and why. */
  String whySte(Field field) {
    return policies.smmu().stes().rows().stream()
        .filter(row -> row.field().equals(field))
        .map(row -> "EL2: %s %s: %s".formatted(row.name(), row.verdict(), row.reason()))
        .findFirst()
        .orElseThrow();
  }

  /** Which measure EL2 takes, and why. */
  String whyMeasure(Measure measure) {
    return policies.smmu().protections().rows().stream()
        .filter(row -> row.measure() == measure)
        .map(row -> "EL2: %s %s: %s".formatted(row.name(), row.verdict(), row.reason()))
        .findFirst()
        .orElseThrow();
  }

  /** A register as the hardware has it, whoever else may see something different. */
  long hardwareRegister(long base, Register register) {
    DeviceRegisters devices = machine.platform().devices();
    long address = base + register.offset();
    return register.bytes() == Long.BYTES
        ? devices.read64(address)
        : Integer.toUnsignedLong(devices.read32(address));
  }

  /** What was counted, by name; empty before {@link #boot}. */
  Map<String, Long> counters() {
    Map<String, Long> counters = new LinkedHashMap<>();
    if (hypervisor == null) {
      return counters;
    }
    for (TrapCount trap : hypervisor.traps()) {
      counters.put("traps_" + trap.kind().name().toLowerCase(Locale.ROOT), trap.count());
    }
    Counters smmu = smmuDriver.counters();
    counters.put("commands_forwarded", smmu.commandsForwarded());
    counters.put("commands_rewritten", smmu.commandsRewritten());
    counters.put("commands_refused", smmu.commandsRefused());
    counters.put("commands_issued", smmu.commandsIssued());
    counters.put("invalidations", smmu.invalidations());
    counters.put("syncs", smmu.syncs());
    counters.put("shadow_stes", smmu.shadowStes());
    counters.put("smmu_table_pages", smmu.tablePages());
    counters.put("el2_pages_used", hypervisor.pages().pool().used());
    counters.put("el2_pages_free", hypervisor.pages().pool().available());
    counters.put("hardware_errors", smmu.errors());
    counters.put("timeouts", smmu.timeouts());
    counters.put("lines_cleaned", smmu.linesCleaned());
    return counters;
  }
}
