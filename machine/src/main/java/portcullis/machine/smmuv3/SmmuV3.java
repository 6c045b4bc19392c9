package portcullis.machine.smmuv3;

import java.util.function.Consumer;
import java.util.function.LongConsumer;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Statusr;
import portcullis.arch.smmu.Tlbi;
import portcullis.machine.Bus;
import portcullis.machine.MemoryHistory;
import portcullis.machine.MmioDevice;
import portcullis.machine.smmuv3.attributes.MpamIds;
import portcullis.machine.smmuv3.caches.InvalidationLog;
import portcullis.machine.smmuv3.caches.TlbInvalidation;
import portcullis.machine.smmuv3.dpt.DevicePermissions;
import portcullis.machine.smmuv3.profile.CacheKind;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.registers.ChangeCount;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.RegisterFile;
import portcullis.machine.smmuv3.structures.FaultModel;
import portcullis.platform.Clock;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Flag;
import portcullis.store.Store;

/**
 * One SMMUv3 as software and client devices see it: a register file of two 64 KiB pages, maybe a
 * VATOS page and Command queue control pages, and a translation of every transaction (IHI 0070 3.3,
 * 6).
 *
 * <p>All its state is cells of the store, named {@code <name>.*}. Commands are consumed within the
 * register write that makes them consumable; a register update is complete when the write returns.
 */
public final class SmmuV3 implements MmioDevice {
  private final String name;
  private final boolean abortsAtReset;
  private final Flag unpowered;
  private final RegisterFile registers;
  private final CommandQueues commands;
  private final EventQueue events;
  private final Stalls stalls;
  private final AtsInterface ats;
  private final AtosInterface gatos;
  private final AtosInterface vatos;
  private final int registerBytes;
  private final PageRequests pages;
  private final PageHints hints;
  private final TlbInvalidation tlbi;
  private final RecentHits recent;
  private final Translator translator;

  /** Null unless the caches are architectural. */
  private final HeldTranslations held;

  private final MpamIds mpamIds;
  private final Counters counters;
  private final TraceSink trace;
  private final Clock clock;

  /**
   * Declares the SMMU's state and puts it into its reset state.
   *
   * @param name such as {@code smmu0}: prefix of its cells, and its name in traces
   * @param bus where its fetches, queue accesses and MSIs go; with a history if the profile's
   *     caches are architectural
   * @param interrupts its wired interrupts
   * @param trace takes a Translation or Fault for every {@link #transaction}
   * @param clock stamps trace events
   */
  public SmmuV3(
      Store store,
      String name,
      Profile profile,
      Bus bus,
      InterruptSink interrupts,
      TraceSink trace,
      Clock clock) {
    this(store, name, profile, bus, interrupts, ClientPort.NONE, trace, clock);
  }

  /**
   * As the other, with client devices that can be stalled or use ATS and PRI.
   *
   * @param clients what it calls them by
   */
  public SmmuV3(
      Store store,
      String name,
      Profile profile,
      Bus bus,
      InterruptSink interrupts,
      ClientPort clients,
      TraceSink trace,
      Clock clock) {
    this(store, name, profile, false, bus, interrupts, clients, trace, clock);
  }

  /**
   * As the other, with a reset state of its own for {@link #power}. It starts as firmware leaves
   * it, with power and GBPA.ABORT 0.
   *
   * @param abortsAtReset whether GBPA.ABORT resets to 1, which is IMPLEMENTATION DEFINED (IHI 0070
   *     6.3.14)
   */
  public SmmuV3(
      Store store,
      String name,
      Profile profile,
      boolean abortsAtReset,
      Bus bus,
      InterruptSink interrupts,
      ClientPort clients,
      TraceSink trace,
      Clock clock) {
    this.name = name;
    this.abortsAtReset = abortsAtReset;
    unpowered = store.flag(name + ".unpowered");
    this.trace = trace;
    this.clock = clock;
    Features features = new Features(profile);
    ChangeCount changes = new ChangeCount();
    registers = new RegisterFile(store, name, features, changes);
    mpamIds = MpamIds.of(features);
    counters = new Counters(store, name + ".count");
    registerBytes = features.registerBytes();
    Caches caches = Caches.of(store, name, features, changes);
    recent = new RecentHits(store, changes, caches.stage1().changes());
    TranslationUnit unit =
        TranslationUnit.of(store, features, registers, changes, caches, Fetches.by(bus), true);
    translator = unit.translator();
    Interrupts lines = new Interrupts(registers, bus, interrupts, features);
    events = new EventQueue(registers, bus, lines, features);
    MemoryHistory history = history(name, profile, bus);
    InvalidationLog log = new InvalidationLog(store, name + ".invalidations", history);
    held =
        history == null
            ? null
            : new HeldTranslations(store, name + ".held", features, registers, bus, history, log);
    DevicePermissions permissions =
        new DevicePermissions(
            store,
            name,
            features,
            registers,
            bus,
            () -> lines.globalError(Gerror.DPT_ERR),
            history,
            log);
    if (features.feature0(Idr0.DORMHINT) && history == null) {
      registers.derive(
          Register.STATUSR,
          () -> Statusr.DORMANT.of(caches.areEmpty() && permissions.keepNothing() ? 1 : 0));
    }
    ats = new AtsInterface(features, registers, unit, events, permissions);
    AtosStages active = AtosStages.of(unit);
    AtosStages passive =
        AtosStages.of(
            TranslationUnit.of(
                store,
                features,
                registers,
                changes,
                caches.ofConfiguration(store, name + ".atos", features),
                Fetches.by(bus),
                false));
    gatos =
        new AtosInterface(AtosGroup.GLOBAL, features, registers, unit.streams(), active, passive);
    vatos =
        new AtosInterface(AtosGroup.VIRTUAL, features, registers, unit.streams(), active, passive);
    pages =
        new PageRequests(
            features,
            registers,
            new PageRequestQueue(registers, bus, lines, features),
            unit.streams(),
            events,
            clients);
    hints = new PageHints(features, registers, events);
    tlbi =
        new TlbInvalidation(
            features, registers, caches.stage1(), caches.stage2(), caches.tables(), log);
    stalls = new Stalls(new StallTable(store, name + ".stall", features), events, clients);
    commands =
        new CommandQueues(
            store,
            name,
            registers,
            bus,
            lines,
            new CommandProcessor(
                features,
                registers,
                tlbi,
                caches,
                permissions,
                log,
                new Prefetcher(features, unit),
                stalls,
                new AtsInvalidation(store, name, clients, features),
                clients,
                lines,
                counters),
            features);
  }

  /** What memory held before, if the SMMU is to be asked for all that it may hold; else null. */
  private static MemoryHistory history(String name, Profile profile, Bus bus) {
    if (!profile.architecturalCaches()) {
      return null;
    }
    MemoryHistory history = bus.history();
    if (history == null) {
      throw new IllegalArgumentException(name + ": its bus keeps no history of memory");
    }
    return history;
  }

  /** The SMMU's name. */
  @Override
  public String name() {
    return name;
  }

  /** Bytes of register space, from page 0 to the last page that it has. */
  public int registerBytes() {
    return registerBytes;
  }

  /** What it has done since reset. */
  public Counters counters() {
    return counters;
  }

  /**
   * A register read. Anything but an aligned 4-byte access, or an aligned 8-byte access to a 64-bit
   * register, reads as zero (IHI 0070 6.2).
   *
   * @param offset 0 to {@link #registerBytes} - 1
   * @param bytes 1, 2, 4 or 8
   */
  @Override
  public long read(int offset, int bytes) {
    requirePower();
    return registers.read(offset, bytes);
  }

  /**
   * A register write, with all that it sets off. An access that {@link #read} answers with zero for
   * its size is ignored.
   */
  @Override
  public void write(int offset, int bytes, long value) {
    requirePower();
    switch (registers.write(offset, bytes, value)) {
      case NONE, UPDATE, CLEAR -> {}
      case ACKNOWLEDGE_CR0 -> {
        registers.set(Register.CR0ACK, registers.get(Register.CR0));
        if (!Cr0.SMMUEN.isSet(registers.get(Register.CR0ACK))) {
          stalls.terminateAll();
        }
        goOn();
      }
      case ACKNOWLEDGE_IRQ_CTRL ->
          registers.set(Register.IRQ_CTRLACK, registers.get(Register.IRQ_CTRL));
      case CONSUME_COMMANDS -> commands.consume(CommandQueueRegisters.ORDINARY);
      case CONSUME_ENHANCED_COMMANDS ->
          commands.consume(
              CommandQueueRegisters.FIRST_ENHANCED + registers.control().queueAt(offset));
      case DRAIN_EVENTS -> stalls.retryUnrecorded();
      case RUN_GATOS -> gatos.run();
      case RUN_VATOS -> vatos.run();
      case ACKNOWLEDGE_ERRORS -> goOn();
    }
  }

  /**
   * Takes its power, which ends every stall and loses every register, or gives it back: it is then
   * as after reset (IHI 0070 3.19, 3.11). What resets to an UNKNOWN value is all ones. Caches and
   * TLBs keep what they held, as their state at reset is IMPLEMENTATION SPECIFIC. While it has no
   * power, traffic meets what GBPA resets to: what becomes of it is UNPREDICTABLE, so that an
   * integration which does not vouch for more must be taken to let it pass.
   */
  public void power(boolean on) {
    if (unpowered.get() == !on) {
      return;
    }
    unpowered.set(!on);
    stalls.terminateAll();
    registers.reset(abortsAtReset);
    commands.reset();
  }

  @Override
  public boolean responds() {
    return powered();
  }

  /** Whether it has power. */
  public boolean powered() {
    return !unpowered.get();
  }

  private void requirePower() {
    if (unpowered.get()) {
      throw new IllegalStateException(
          name + ": software must not access its registers while it has no power (IHI 0070 3.19)");
    }
  }

  /** Does what an enable or an acknowledgement may have made possible. */
  private void goOn() {
    stalls.retryUnrecorded();
    commands.consume(CommandQueueRegisters.ORDINARY);
  }

  /**
   * PARTID and PMG of its own accesses to L1STDs and STEs, VMSs and queues, and of its MSIs, as
   * {@link MpamIds} packs them (IHI 0070 6.3.42, 17.4). Those of its other fetches follow from the
   * stream: {@link Translation#mpam}, {@link Translation#configurationMpam}.
   */
  public int ownMpam() {
    return mpamIds.ids(registers.get(Register.GMPAM));
  }

  /**
   * Translates one transaction, and records and traces what is to be recorded: what the hardware
   * does with a transaction that arrives.
   *
   * @param substreamId 0 to 2<sup>20</sup> - 1, or {@link Translation#NO_SUBSTREAM}
   * @return whether the access may go to {@code out.pa()}; if not, the device sees an abort, but
   *     for {@link Outcome#STALLED}, {@link Outcome#BLOCKED} and {@link Translation#razWi}
   */
  public boolean transaction(
      int streamId, int substreamId, long iova, AccessType type, Translation out) {
    boolean passed = translate(streamId, substreamId, iova, type, out);
    if (!passed) {
      record(out);
    }
    if (trace.enabled()) {
      trace.accept(passed ? translationEvent(out) : faultEvent(out));
    }
    return passed;
  }

  /**
   * Translates, without recording a fault. Caches fill, and faults are counted, as for any
   * transaction.
   *
   * @return {@code out.ok()}
   */
  public boolean translate(
      int streamId, int substreamId, long iova, AccessType type, Translation out) {
    out.begin(streamId, substreamId, iova, type);
    if (recent.recall(out)) {
      return true;
    }
    boolean passed = translator.translate(out);
    assert passed == out.ok();
    if (!passed) {
      counters.fault();
    } else if (out.fromTlb()) {
      recent.keep(out);
    }
    return passed;
  }

  /**
   * Records the event of a translation that ended in {@link Outcome#FAULT}, or stalls its
   * transaction where the stage that faulted says so; else does nothing.
   */
  public void record(Translation fault) {
    if (fault.outcome() == Outcome.FAULT) {
      if (fault.faultModel() == FaultModel.STALL) {
        stalls.stall(fault);
      } else {
        events.record(fault);
      }
    }
  }

  /**
   * A PCIe Translated transaction, whose address an earlier {@link #atsRequest} gave, or so its
   * device says. What is to be recorded is recorded (IHI 0070 3.9.1.3).
   *
   * @param address a PA, or an IPA where the stream's ATS is split-stage
   * @param write whether it is a write; it is an unprivileged data access
   * @return whether the access may go to {@code out.pa()}; if not, the device sees an abort
   */
  public boolean translatedTransaction(int streamId, long address, boolean write, Translation out) {
    out.begin(
        streamId, Translation.NO_SUBSTREAM, address, write ? AccessType.WRITE : AccessType.READ);
    boolean passed = ats.translated(out);
    if (!passed) {
      counters.fault();
    }
    if (trace.enabled()) {
      trace.accept(passed ? translationEvent(out) : faultEvent(out));
    }
    return passed;
  }

  /**
   * A PCIe ATS Translation Request (IHI 0070 3.9.1.2).
   *
   * @param substreamId the PASID, or {@link Translation#NO_SUBSTREAM}
   * @param wanted as {@link AtsAccess} has it; reading is always asked for, executing and privilege
   *     only with a PASID
   * @param out takes the answer
   */
  public void atsRequest(int streamId, int substreamId, long iova, int wanted, AtsCompletion out) {
    ats.request(streamId, substreamId, iova, wanted, out);
  }

  /**
   * A PCIe Page Request message; its response comes by {@link ClientPort#respond} (IHI 0070 8).
   *
   * @param substreamId the PASID, or {@link Translation#NO_SUBSTREAM}
   * @param access as {@link AtsAccess} has it; the last of a group with none, and a PASID, is a
   *     Stop Marker
   * @param group the page request group index, 0 to 511
   * @param last whether it is the group's last request
   */
  public void pageRequest(
      int streamId, int substreamId, long address, int access, int group, boolean last) {
    pages.receive(streamId, substreamId, address, access, group, last);
  }

  /**
   * A Far Atomic operation, which the interconnect below cannot make: it is aborted, and recorded
   * as F_UUT whether or not translation is enabled (IHI 0070 7.3.2, 16.7.1, 16.7.6). For the record
   * it is a data write.
   *
   * @param out takes the fault
   */
  public void farAtomic(
      int streamId, int substreamId, long iova, boolean privileged, Translation out) {
    out.begin(
        streamId, substreamId, iova, privileged ? AccessType.PRIVILEGED_WRITE : AccessType.WRITE);
    out.fault(EventType.F_UUT);
    counters.fault();
    events.record(out);
    if (trace.enabled()) {
      trace.accept(faultEvent(out));
    }
  }

  /**
   * A device's hint that it will access pages soon, which software finds in the event queue (IHI
   * 0070 7.3.19).
   *
   * @param substreamId the SubstreamID, or {@link Translation#NO_SUBSTREAM}
   * @param access as {@link AtsAccess} has it
   * @param spanned how many pages of 4KB from the address's, 1 to 255
   */
  public void pageHint(int streamId, int substreamId, long address, int access, int spanned) {
    hints.receive(streamId, substreamId, address, access, spanned);
  }

  /**
   * A TLB invalidation that a PE broadcasts. It has an effect with IDR0.BTM and CR2.PTM 0 only (IHI
   * 0070 3.17); it is complete when this returns.
   *
   * @param vmid and {@code asid}: what the operation has of them, else 0
   * @param address the VA or IPA that the operation has, else 0; its low 12 bits do not matter
   * @param lastLevel whether entries of the last level only are meant
   */
  public void broadcastTlbi(
      BroadcastTlbi operation, int vmid, int asid, long address, boolean lastLevel) {
    tlbi.broadcast(
        operation.scope(),
        Tlbi.VMID.of(vmid) | Tlbi.ASID.of(asid),
        Tlbi.ADDRESS.inPlace(address) | Tlbi.LEAF.of(lastLevel ? 1 : 0));
  }

  /** Whether {@link #broadcastTlbi} has an effect. */
  public boolean takesBroadcasts() {
    return !unpowered.get() && tlbi.takesBroadcasts();
  }

  /**
   * All that may become of a transaction, for all that the SMMU may hold: each outcome once, that
   * of present memory first. It changes nothing. {@link #transaction} takes the first.
   *
   * @throws IllegalStateException if the profile's caches are not {@linkplain
   *     CacheKind#ARCHITECTURAL architectural}, or the ways to it are more than can be tried
   */
  public void outcomes(
      int streamId,
      int substreamId,
      long iova,
      AccessType type,
      Consumer<PossibleOutcome> visitor) {
    held().outcomes(streamId, substreamId, iova, type, visitor);
  }

  /**
   * Every physical address that {@code ipa} may still lead to at stage 2 of a stream, whatever
   * stage 1 the stream had; for a stream without stage 2, none.
   *
   * @throws IllegalStateException as for {@link #outcomes}
   */
  public void stage2Outcomes(int streamId, long ipa, AccessType type, LongConsumer visitor) {
    held().stage2Outcomes(streamId, ipa, type, visitor);
  }

  /**
   * All that may become of a Translated transaction, for all that the SMMU may hold: each outcome
   * once. It changes nothing. Of a stream whose ATS is split-stage it tells nothing: see {@link
   * #stage2Outcomes}.
   *
   * @param address a PA, as the device says
   * @throws IllegalStateException as for {@link #outcomes}
   */
  public void translatedOutcomes(
      int streamId, long address, boolean write, Consumer<PossibleOutcome> visitor) {
    held().translatedOutcomes(streamId, address, write, ats, visitor);
  }

  private HeldTranslations held() {
    if (held == null) {
      throw new IllegalStateException(name + ": its caches are not architectural");
    }
    return held;
  }

  private TraceEvent translationEvent(Translation t) {
    return new TraceEvent.Translation(
        clock.nanos(),
        name,
        t.streamId(),
        t.substreamId(),
        t.type().write(),
        t.iova(),
        t.pa(),
        t.path().label());
  }

  private TraceEvent faultEvent(Translation t) {
    return new TraceEvent.Fault(
        clock.nanos(),
        name,
        t.streamId(),
        t.substreamId(),
        t.type().write(),
        t.iova(),
        t.event() == null ? t.abortReason() : t.event().name(),
        t.stage());
  }
}
