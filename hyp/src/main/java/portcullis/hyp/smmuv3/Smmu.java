package portcullis.hyp.smmuv3;

import portcullis.arch.Field;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Register;
import portcullis.arch.vmsa.Granule;
import portcullis.hyp.Status;
import portcullis.hyp.mem.PageServices;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.platform.Platform;
import portcullis.platform.boot.BootParameters;
import portcullis.platform.boot.SmmuRegistration;
import portcullis.smmu.Commands;
import portcullis.smmu.Features;
import portcullis.store.Cell;
import portcullis.store.Store;

/**
 * One SMMUv3 (series part 11): what hardware has, what the host believes it has, and how the one
 * follows from the other. All state is in the store, below {@code hyp.smmuN}.
 */
final class Smmu {
  private final SmmuRegistration registration;
  private final Identification identification;
  private final ControlPages controlPages;
  private final PageServices pages;
  private final SmmuPolicy policy;
  private final SmmuRegisters hardware;
  private final Statistics statistics;
  private final CacheCleaner cleaner;
  private final GlobalErrors errors;
  private final HardwareControl control;
  private final ShadowCommandQueue commands;
  private final ShadowStreamTable streamTable;
  private final StreamShadow streams;
  private final HostCommandQueue hostCommands;
  private final HostOutputQueue hostEvents;
  private final HostOutputQueue hostRequests;
  private final RuntimePower power;
  private final Cell taken;
  private final Cell failure;

  Smmu(
      Store store,
      int index,
      SmmuRegistration registration,
      Platform platform,
      PageServices pages,
      SmmuPolicy policy,
      Stage2Root stage2,
      SpareTables spare) {
    this.registration = registration;
    this.pages = pages;
    this.policy = policy;
    String device = "smmu" + index;
    String name = "hyp." + device;
    hardware = new SmmuRegisters(platform.devices(), registration.registers().base());
    identification = new Identification(store, name, hardware);
    statistics = new Statistics(store, name);
    controlPages = new ControlPages(store, name, platform, hardware, statistics);
    cleaner = new CacheCleaner(store, name, platform, policy.protections());
    errors = new GlobalErrors(store, name, platform, hardware);
    control = new HardwareControl(store, name, platform, hardware, statistics);
    commands =
        new ShadowCommandQueue(
            store, name, device, platform, pages, hardware, errors, statistics, cleaner);
    streamTable =
        new ShadowStreamTable(
            store, name, platform, pages, hardware, commands, statistics, cleaner, policy);
    streams =
        new StreamShadow(
            store,
            name,
            new HostStreamTable(store, name, platform.memory(), pages, cleaner, policy),
            streamTable,
            stage2,
            policy.stes(),
            identification,
            spare);
    CommandFilter filter =
        new CommandFilter(
            policy.commands(), identification, commands, streams, statistics, platform, device);
    hostCommands =
        new HostCommandQueue(
            store,
            name,
            platform,
            registration.registers().base(),
            pages,
            policy,
            commands,
            filter,
            errors,
            cleaner);
    hostEvents =
        new HostOutputQueue(HostOutputQueue.Kind.EVENTS, store, name, hardware, pages, policy);
    hostRequests =
        new HostOutputQueue(
            HostOutputQueue.Kind.PAGE_REQUESTS, store, name, hardware, pages, policy);
    power =
        new RuntimePower(
            store,
            name,
            registration,
            platform,
            hardware,
            identification,
            policy.protections(),
            control,
            commands,
            streamTable,
            errors);
    taken = store.cell(name + ".taken");
    failure = store.cell(name + ".failure");
  }

  /** Whether EL2 drives it. */
  boolean taken() {
    return taken.get() != 0;
  }

  /**
   * Whether it has to be told what changes: EL2 drives it, and it has power. One without power is
   * told to forget everything before it translates again.
   */
  boolean listens() {
    return taken() && !power.isOff();
  }

  /** Whether the host has asked for its power to be taken, and not yet got it back. */
  boolean isAskedOff() {
    return power.isAskedOff();
  }

  /** Takes its power, or gives it back; see {@link RuntimePower}. */
  Status power(boolean on) {
    return on ? power.on() : power.off();
  }

  SmmuRegistration registration() {
    return registration;
  }

  Features features() {
    return identification.features();
  }

  Statistics statistics() {
    return statistics;
  }

  SmmuRegisters hardware() {
    return hardware;
  }

  ControlPages controlPages() {
    return controlPages;
  }

  GlobalErrors errors() {
    return errors;
  }

  HostCommandQueue hostCommands() {
    return hostCommands;
  }

  /** What of IDR0 the host may know: ATS and PRI only where it can have them. */
  long offered(long idr0) {
    return idr0
        & ~((identification.offersAts() ? 0 : Idr0.ATS.mask())
            | (identification.offersPri() ? 0 : Idr0.PRI.mask()));
  }

  /** What of CR0 the host can set: the enables of what it may know of. */
  long enables(long cr0) {
    return cr0
        & ~((identification.offersAts() ? 0 : Cr0.ATSCHK.mask())
            | (identification.offersPri() ? 0 : Cr0.PRIQEN.mask()));
  }

  /** Whether what EL2 writes need not be cleaned for it. */
  boolean snoops() {
    return Probe.snoops(registration, features());
  }

  /** Pages of second-level tables that are kept while the host has it disabled. */
  long sparePages() {
    return streams.isOpen() ? 0 : statistics.tablePages.get();
  }

  /** What was done for it. */
  Counters counters() {
    return statistics.read(cleaner.lines());
  }

  SmmuReport report() {
    return new SmmuReport(
        registration.name(),
        registration.registers().base(),
        taken() ? SmmuReport.Status.PROTECTED : SmmuReport.Status.REFUSED,
        Refusal.of(failure.get()).reason(),
        features());
  }

  /**
   * Reads what the hardware is, and judges it; changes nothing.
   *
   * @return whether EL2 can protect what is behind it
   */
  boolean probe(BootParameters boot) {
    identification.read();
    controlPages.read();
    Refusal refusal =
        Probe.check(
            registration, features(), boot, policy.protections().takes(Measure.TAKE_NON_COHERENT));
    if (refusal == Refusal.NONE && !controlPages.within(registration.registers())) {
      refusal = Refusal.CONTROL_PAGES;
    }
    if (!snoops()) {
      cleaner.need();
    }
    failure.set(refusal.code());
    return refusal == Refusal.NONE;
  }

  /**
   * Takes the hardware over, unless the probe refused it: registers donated, everything aborted,
   * EL2's queue and empty stream table in place. What fails leaves it with the host, and reported.
   */
  void takeOver() {
    if (failure.get() != Refusal.NONE.code()) {
      return;
    }
    if (policy.protections().takes(Measure.TAKE_REGISTERS)
        && !pages.donateMmio(registration.registers()).ok()) {
      failure.set(Refusal.REGISTERS.code());
      return;
    }
    Refusal refusal = start();
    if (refusal == Refusal.NONE) {
      taken.set(1);
      return;
    }
    giveBack(refusal);
  }

  /**
   * Returns the hardware to the host, before that is deprivileged, and its memory to the pool.
   *
   * @param why for the report
   */
  void giveBack(Refusal why) {
    taken.set(0);
    failure.set(why.code());
    if (control.quiesce(false)) {
      commands.stop();
      streamTable.stop();
    }
    if (policy.protections().takes(Measure.TAKE_REGISTERS)) {
      pages.returnMmio(registration.registers());
    }
  }

  private boolean checksTranslated() {
    return policy.protections().takes(Measure.CHECK_TRANSLATED);
  }

  private Refusal start() {
    Features features = features();
    if (!controlPages.stop()
        || !control.quiesce(policy.protections().takes(Measure.ABORT_WHILE_DISABLED))) {
      return Refusal.NO_ANSWER;
    }
    control.disableMessages(features);
    errors.start();
    if (!commands.start(features).ok() || !streamTable.start(features).ok()) {
      return Refusal.NO_MEMORY;
    }
    if (!control.enable(HardwareControl.always(features, checksTranslated()))) {
      return Refusal.NO_ANSWER;
    }
    Commands.cfgiAll(commands);
    Commands.tlbiNsnhAll(commands);
    return commands.sync() ? Refusal.NONE : Refusal.NO_ANSWER;
  }

  /**
   * Lets hardware follow the host's enables. What hardware or EL2 reads of the host's memory is
   * pinned from before it is enabled until after it is disabled. What takes longer than a trap
   * should, or hardware does not acknowledge, is not acknowledged to the host either: the next call
   * carries on.
   *
   * @param acknowledged the enables that have taken effect
   * @param requested those that shall
   * @return those that now have
   */
  long enable(long acknowledged, long requested, HostRegisters host) {
    streamTable.mend();
    long effective = acknowledged & ~disable((acknowledged | underWay()) & ~requested);
    // Hardware's is 1 all the time: what the host gives up is only that it is told so.
    long checks = checksTranslated() || followsChecks(requested) ? requested : acknowledged;
    effective = (effective & ~Cr0.ATSCHK.mask()) | (checks & Cr0.ATSCHK.mask());
    long missing = requested & ~effective;
    if (Cr0.CMDQEN.isSet(missing)) {
      hostCommands.open(host.get(Register.CMDQ_BASE), features().cmdqLog2());
      effective |= Cr0.CMDQEN.mask();
    }
    if (Cr0.SMMUEN.isSet(missing) && enableStreams(host)) {
      effective |= Cr0.SMMUEN.mask();
    }
    if (Cr0.EVENTQEN.isSet(missing)
        && enable(
            hostEvents,
            host.get(Register.EVENTQ_BASE),
            features().eventqLog2(),
            Gerror.EVENTQ_ABT_ERR,
            Cr0.EVENTQEN)) {
      effective |= Cr0.EVENTQEN.mask();
    }
    if (Cr0.PRIQEN.isSet(missing)
        && enable(
            hostRequests,
            host.get(Register.PRIQ_BASE),
            features().priqLog2(),
            Gerror.PRIQ_ABT_ERR,
            Cr0.PRIQEN)) {
      effective |= Cr0.PRIQEN.mask();
    }
    return effective;
  }

  /** Gives hardware the host's CR0.ATSCHK, against {@link Measure#CHECK_TRANSLATED}. */
  private boolean followsChecks(long requested) {
    return Cr0.ATSCHK.isSet(requested)
        ? control.enable(Cr0.ATSCHK.mask())
        : control.disable(Cr0.ATSCHK.mask());
  }

  /** The enables that hardware may have, though the host has seen no acknowledgement. */
  private long underWay() {
    return (hostEvents.isOpen() ? Cr0.EVENTQEN.mask() : 0)
        | (hostRequests.isOpen() ? Cr0.PRIQEN.mask() : 0)
        | (streams.isOpen() ? Cr0.SMMUEN.mask() : 0);
  }

  /** Disables {@code unwanted}; those that now are disabled. */
  private long disable(long unwanted) {
    long disabled = 0;
    if (Cr0.EVENTQEN.isSet(unwanted) && control.disable(Cr0.EVENTQEN.mask())) {
      hostEvents.close();
      disabled |= Cr0.EVENTQEN.mask();
    }
    if (Cr0.PRIQEN.isSet(unwanted) && control.disable(Cr0.PRIQEN.mask())) {
      hostRequests.close();
      disabled |= Cr0.PRIQEN.mask();
    }
    if (Cr0.SMMUEN.isSet(unwanted) && control.disable(Cr0.SMMUEN.mask())) {
      streams.close();
      disabled |= Cr0.SMMUEN.mask();
    }
    if (Cr0.CMDQEN.isSet(unwanted)) {
      hostCommands.close();
      disabled |= Cr0.CMDQEN.mask();
    }
    return disabled;
  }

  private boolean enableStreams(HostRegisters host) {
    streams.begin();
    return streams.takeOver(host.get(Register.STRTAB_BASE), host.get(Register.STRTAB_BASE_CFG))
        && control.enable(Cr0.SMMUEN.mask());
  }

  /** A queue whose memory is not the host's stays off, with the error of one that aborts. */
  private boolean enable(
      HostOutputQueue queue, long base, int maxLog2, Field aborted, Field enable) {
    if (!queue.isOpen() && !queue.open(base, maxLog2).ok()) {
      errors.raise(aborted.mask());
      return true;
    }
    return control.enable(enable.mask());
  }

  /**
   * Queues the invalidation of one range of the shadow stage-2; {@link #submitSync} ends it, and
   * {@link #await} tells how.
   */
  void invalidate(Granule granule, long ipa, long bytes, int level, boolean leaf) {
    long issued =
        Stage2Invalidation.emit(
            commands, granule, ipa, bytes, level, leaf, features().rangeInvalidation());
    Statistics.add(statistics.invalidations, issued);
  }

  /** Queues the invalidation of everything that the SMMU may have cached of the host's VMID. */
  void invalidateAll() {
    Statistics.increment(statistics.invalidations);
    Commands.tlbiS12VmAll(commands, Stage2Invalidation.VMID);
  }

  /** Queues the invalidation of combined entries: they are tagged by VA, and by any ASID. */
  void invalidateNested() {
    Statistics.increment(statistics.invalidations);
    Commands.tlbiNhAll(commands, Stage2Invalidation.VMID);
  }

  /**
   * Invalidates one page of the shadow stage-2 after the other, and waits after each command. No
   * command is a range with a level's hint: what changed may be a block around the page.
   *
   * @param leaf whether no table was unlinked
   * @return whether all was done in time; if not, the rest was not tried
   */
  boolean invalidateEachPage(Granule granule, long ipa, long bytes, boolean leaf) {
    ProtectionPolicy protections = policy.protections();
    boolean done = true;
    for (long at = ipa; at < ipa + bytes && done; at += granule.bytes()) {
      if (protections.takes(Measure.INVALIDATE_STAGE2)) {
        Statistics.add(
            statistics.invalidations,
            Stage2Invalidation.emit(
                commands, granule, at, granule.bytes(), Granule.LAST_LEVEL, leaf, false));
        done = finish(protections);
      }
      if (protections.takes(Measure.INVALIDATE_NESTED) && done) {
        invalidateNested();
        done = finish(protections);
      }
    }
    return done;
  }

  private boolean finish(ProtectionPolicy protections) {
    submitSync();
    return !protections.takes(Measure.WAIT_FOR_SYNC) || await();
  }

  /** Queues CMD_SYNC and lets hardware start. */
  void submitSync() {
    commands.submitSync();
  }

  /** Waits for what was submitted; false if not all of it has been done in time. */
  boolean await() {
    return commands.await();
  }

  /**
   * The same.
   *
   * @param since when it was submitted, in the clock's nanoseconds
   */
  boolean await(long since) {
    return commands.await(since);
  }

  /** Whether it is not known to hang; if it was, it is asked again. */
  boolean answers() {
    return commands.answers();
  }
}
