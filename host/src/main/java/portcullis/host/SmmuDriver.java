package portcullis.host;

import java.util.Locale;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr1;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StrtabBase;
import portcullis.platform.HostCpu;
import portcullis.platform.PhysicalMemory;
import portcullis.smmu.Commands;
import portcullis.smmu.Features;
import portcullis.store.Cell;
import portcullis.store.Store;

/**
 * The host's driver of one SMMUv3, with the register and command sequences of Linux's arm-smmu-v3
 * (as recorded from Linux 6.12): probe, reset, attach, detach, events. It knows nothing of EL2.
 *
 * <p>It is Linux on an SMMU without MSIs and PRI, or that hides them: commands complete when CONS
 * says so, and there is no PRI queue. Like Linux it takes the tree's word ({@code dma-coherent})
 * for whether the SMMU snoops the CPUs' caches, not IDR0.COHACC.
 */
public final class SmmuDriver {
  /** log2 of the commands in 1 MiB, where Linux bounds a queue (CONFIG_CMA_ALIGNMENT). */
  private static final int MAX_COMMAND_BITS = 16;

  /** log2 of the event records in 1 MiB. */
  private static final int MAX_EVENT_BITS = 15;

  /** The registers that Linux reads to probe, in this order; it does not read AIDR. */
  private static final Register[] IDENTIFICATION = {
    Register.IDR0, Register.IDR1, Register.IDR3, Register.IDR5, Register.IIDR
  };

  /** Shareable Inner, Write-Back cacheable: what CR1 says of tables and queues. */
  private static final long INNER_SHAREABLE = 0b11;

  private static final long WRITE_BACK = 0b01;

  /** CR0 of an SMMU that translates, with both queues; where it has ATS, CR0.ATSCHK is set too. */
  public static final long RUNNING = Cr0.SMMUEN.of(1) | Cr0.CMDQEN.of(1) | Cr0.EVENTQEN.of(1);

  private final HostCpu cpu;
  private final HostMemory memory;
  private final SharedMemory shared;
  private final SmmuRegisters registers;
  private final CommandQueue commands;
  private final EventQueue events;
  private final StreamTable streams;
  private final boolean prefetchBroken;
  private final ContextTables contexts;
  private final AsidAllocator asids;
  private final Cell[] ids = new Cell[IDENTIFICATION.length];

  /** As the other, of an SMMU that snoops the CPUs' caches. */
  public SmmuDriver(
      Store store, HostCpu cpu, HostMemory memory, String name, long base, boolean prefetchBroken) {
    this(store, cpu, memory, name, base, prefetchBroken, true);
  }

  /**
   * A driver that has not touched its SMMU yet.
   *
   * @param name prefix of its cells, such as {@code host.smmu0}
   * @param base of the SMMU's registers
   * @param prefetchBroken the tree says that CMD_PREFETCH_CONFIG must not be sent
   * @param coherent the tree says {@code dma-coherent}
   */
  public SmmuDriver(
      Store store,
      HostCpu cpu,
      HostMemory memory,
      String name,
      long base,
      boolean prefetchBroken,
      boolean coherent) {
    this.cpu = cpu;
    this.memory = memory;
    shared = new SharedMemory(cpu, memory, coherent);
    this.prefetchBroken = prefetchBroken;
    registers = new SmmuRegisters(cpu, base);
    commands = new CommandQueue(store, cpu, shared.access(), registers, name);
    events = new EventQueue(store, cpu, shared.access(), registers, name);
    streams = new StreamTable(store, cpu, shared, name);
    contexts = new ContextTables(store, shared, name);
    asids = new AsidAllocator(store, name);
    for (int i = 0; i < ids.length; i++) {
      ids[i] = store.cell(name + "." + IDENTIFICATION[i].name().toLowerCase(Locale.ROOT));
    }
  }

  /** What an attempt to bring the SMMU up came to. */
  public enum Outcome {
    /** It runs. */
    OK,
    /** It has no stage 1 that the host could use. */
    NO_STAGE_1,
    /**
     * Linux's driver refuses it: it does not walk little-endian AArch64 tables of the kernel's page
     * size or less, its tables or queues are fixed in hardware, or its command queue does not hold
     * more than a batch.
     */
    UNSUPPORTED,
    /** A control register's write was not acknowledged within a second. */
    NOT_ACKNOWLEDGED,
    /** A command was not consumed within a second, or the queue stopped with an error. */
    COMMANDS_STUCK,
    /** The host's memory is exhausted. */
    NO_MEMORY
  }

  /**
   * Reads the ID registers, allocates queues and the stream table, resets and enables the SMMU. Not
   * while it is up. If it fails, the SMMU is disabled again and its memory given back, or given up
   * where that is not acknowledged.
   */
  public Outcome bringUp() {
    for (int i = 0; i < ids.length; i++) {
      ids[i].set(registers.read(IDENTIFICATION[i]));
    }
    Features features = features();
    if (!features.stage1()) {
      return Outcome.NO_STAGE_1;
    }
    if (!supported(features)) {
      return Outcome.UNSUPPORTED;
    }
    if (!allocate(features)) {
      return Outcome.NO_MEMORY;
    }
    Outcome outcome = reset(features);
    if (outcome != Outcome.OK) {
      shutDown();
    }
    return outcome;
  }

  private boolean supported(Features features) {
    return features.aarch64Tables()
        && features.littleEndianTables()
        && Domain.granule(features, memory.pageSize()).isPresent()
        && !features.presetOrRelative()
        && 1 << features.cmdqLog2() > CommandQueue.BATCH;
  }

  /** What the SMMU (or its emulation) says that it can do; AIDR counts as 0. */
  public Features features() {
    return new Features(id(0), id(1), id(2), id(3), id(4), 0);
  }

  private int id(int index) {
    return (int) ids[index].get();
  }

  /** How the host's CPU reads and writes what the SMMU reads of its memory, but page tables. */
  public PhysicalMemory sharedMemory() {
    return shared.access();
  }

  /** Its registers. */
  public SmmuRegisters registers() {
    return registers;
  }

  /** Its command queue. */
  public CommandQueue commands() {
    return commands;
  }

  /** Its event queue. */
  public EventQueue events() {
    return events;
  }

  /** Its stream table. */
  public StreamTable streams() {
    return streams;
  }

  private boolean allocate(Features features) {
    int commandBits = Math.min(features.cmdqLog2(), MAX_COMMAND_BITS);
    if (!allocateQueue(CommandQueue.ENTRY, commandBits, commands::place)) {
      return false;
    }
    int eventBits = Math.min(features.eventqLog2(), MAX_EVENT_BITS);
    if (!allocateQueue(EventQueue.ENTRY, eventBits, events::place)) {
      freeCommandQueue();
      return false;
    }
    if (!streams.allocate(features)) {
      freeCommandQueue();
      freeEventQueue();
      return false;
    }
    return true;
  }

  /** Takes what was allocated for a queue of {@code 1 << bits} entries. */
  @FunctionalInterface
  private interface Placement {
    void place(long address, int bits);
  }

  /** Where memory is short a queue is halved until it fits, down to a page, as in Linux. */
  private boolean allocateQueue(long entryBytes, int largestBits, Placement queue) {
    int bits = largestBits;
    long address = shared.allocateBytes(entryBytes << bits);
    while (address == HostMemory.NO_PAGE && entryBytes << bits > shared.pageSize()) {
      bits--;
      address = shared.allocateBytes(entryBytes << bits);
    }
    if (address == HostMemory.NO_PAGE) {
      return false;
    }
    queue.place(address, bits);
    return true;
  }

  private void freeCommandQueue() {
    shared.freeBytes(commands.address(), (long) CommandQueue.ENTRY << commands.log2());
  }

  private void freeEventQueue() {
    shared.freeBytes(events.address(), (long) EventQueue.ENTRY << events.log2());
  }

  private Outcome reset(Features features) {
    if (Cr0.SMMUEN.isSet(registers.read(Register.CR0))) {
      abortWhenDisabled();
    }
    if (!enable(0)) {
      return Outcome.NOT_ACKNOWLEDGED;
    }
    registers.write(
        Register.CR1,
        Cr1.TABLE_SH.of(INNER_SHAREABLE)
            | Cr1.TABLE_OC.of(WRITE_BACK)
            | Cr1.TABLE_IC.of(WRITE_BACK)
            | Cr1.QUEUE_SH.of(INNER_SHAREABLE)
            | Cr1.QUEUE_OC.of(WRITE_BACK)
            | Cr1.QUEUE_IC.of(WRITE_BACK));
    registers.write(Register.CR2, Cr2.PTM.of(1) | Cr2.RECINVSID.of(1));
    placeStreamTable(streams.address(), streams.configuration());
    placeCommandQueue(commands.address(), commands.log2());
    long enabled = Cr0.CMDQEN.of(1);
    if (!enable(enabled)) {
      return Outcome.NOT_ACKNOWLEDGED;
    }
    Commands.cfgiAll(commands);
    if (!commands.sync()) {
      return Outcome.COMMANDS_STUCK;
    }
    if (features.hyp()) {
      Commands.tlbiEl2All(commands);
      if (!commands.sync()) {
        return Outcome.COMMANDS_STUCK;
      }
    }
    Commands.tlbiNsnhAll(commands);
    if (!commands.sync()) {
      return Outcome.COMMANDS_STUCK;
    }
    placeEventQueue(events.address(), events.log2());
    enabled |= Cr0.EVENTQEN.of(1);
    if (!enable(enabled)) {
      return Outcome.NOT_ACKNOWLEDGED;
    }
    if (features.ats()) {
      enabled |= Cr0.ATSCHK.of(1);
      if (!enable(enabled)) {
        return Outcome.NOT_ACKNOWLEDGED;
      }
    }
    if (!enableInterrupts()) {
      return Outcome.NOT_ACKNOWLEDGED;
    }
    return enable(enabled | RUNNING) ? Outcome.OK : Outcome.NOT_ACKNOWLEDGED;
  }

  /**
   * Programs and enables the SMMU anew, with the queues and tables that it had: what Linux does
   * when the SMMU is resumed after a loss of power.
   */
  public Outcome restart() {
    return reset(features());
  }

  /** Somebody left the SMMU on: traffic must not pass in the moment that it is off. */
  private void abortWhenDisabled() {
    long gbpa = registers.poll(Register.GBPA, Gbpa.UPDATE.mask(), 0);
    if (!Gbpa.UPDATE.isSet(gbpa)) {
      registers.write(Register.GBPA, gbpa | Gbpa.ABORT.of(1) | Gbpa.UPDATE.of(1));
      registers.await(Register.GBPA, Gbpa.UPDATE.mask(), 0);
    }
  }

  /**
   * Writes CR0 and waits for its acknowledgement.
   *
   * @return whether it came within a second
   */
  public boolean enable(long cr0) {
    return registers.writeAcknowledged(Register.CR0, Register.CR0ACK, cr0);
  }

  /** Programs the stream table; CR0.SMMUEN must be 0. */
  public void placeStreamTable(long address, long configuration) {
    registers.write(Register.STRTAB_BASE, StrtabBase.ADDR.inPlace(address) | StrtabBase.RA.of(1));
    registers.write(Register.STRTAB_BASE_CFG, configuration);
  }

  /** Programs an empty command queue; CR0.CMDQEN must be 0. */
  public void placeCommandQueue(long address, int log2) {
    commands.place(address, log2);
    registers.write(Register.CMDQ_BASE, queueBase(address, log2));
    registers.write(Register.CMDQ_PROD, 0);
    registers.write(Register.CMDQ_CONS, 0);
  }

  /** Programs an empty event queue; CR0.EVENTQEN must be 0. */
  public void placeEventQueue(long address, int log2) {
    events.place(address, log2);
    registers.write(Register.EVENTQ_BASE, queueBase(address, log2));
    registers.write(Register.EVENTQ_PROD, 0);
    registers.write(Register.EVENTQ_CONS, 0);
  }

  /** Whether GERROR says that an event could not be written (IHI 0070 6.3.19). */
  public boolean eventQueueAborted() {
    return Gerror.EVENTQ_ABT_ERR.isSet(
        registers.read(Register.GERROR) ^ registers.read(Register.GERRORN));
  }

  /**
   * What Linux does on GERROR's interrupt (IHI 0070 6.3.19, 7.5): nothing if no error is active;
   * disables an SMMU in Service failure mode; replaces a command that stopped the command queue;
   * then acknowledges every error.
   */
  public void acknowledgeErrors() {
    long errors = registers.read(Register.GERROR);
    long active = errors ^ registers.read(Register.GERRORN);
    if (active == 0) {
      return;
    }
    if (Gerror.SFM_ERR.isSet(active)) {
      enable(0);
    }
    if (Gerror.CMDQ_ERR.isSet(active)) {
      commands.skipError();
    }
    registers.write(Register.GERRORN, errors);
  }

  /**
   * Disables the SMMU and gives queues, stream table and CD tables back to the host's allocator.
   * Whoever placed queues or tables elsewhere has placed the driver's own again.
   *
   * @return false if the SMMU does not acknowledge: it may still use the memory, which is given up
   */
  public boolean shutDown() {
    if (!enable(0)) {
      return false;
    }
    freeCommandQueue();
    freeEventQueue();
    streams.forEach(contexts::free);
    streams.free();
    return true;
  }

  private boolean enableInterrupts() {
    if (!registers.writeAcknowledged(Register.IRQ_CTRL, Register.IRQ_CTRLACK, 0)) {
      return false;
    }
    registers.write(Register.GERROR_IRQ_CFG0, 0);
    registers.write(Register.EVENTQ_IRQ_CFG0, 0);
    return registers.writeAcknowledged(
        Register.IRQ_CTRL,
        Register.IRQ_CTRLACK,
        IrqCtrl.GERROR_IRQEN.of(1) | IrqCtrl.EVENTQ_IRQEN.of(1));
  }

  private static long queueBase(long address, int log2) {
    return QueueBase.ADDR.inPlace(address) | QueueBase.RA_WA.of(1) | QueueBase.LOG2SIZE.of(log2);
  }

  /**
   * An empty stage-1 domain with an ASID of its own.
   *
   * @return null if the host's memory or its ASIDs are exhausted
   */
  public Domain newDomain() {
    return Domain.create(cpu, memory, shared.tables(), commands, features(), asids);
  }

  /**
   * Puts a stream behind a stage-1 domain, whatever it was behind before.
   *
   * @return false if the StreamID is beyond the table, memory is exhausted or the SMMU does not
   *     consume the commands
   */
  public boolean attach(int streamId, Domain domain) {
    if (streams.entry(streamId) == HostMemory.NO_PAGE) {
      return false;
    }
    long cdTable = contexts.getOrAllocate(streamId);
    if (cdTable == HostMemory.NO_PAGE) {
      return false;
    }
    Features features = features();
    return domain.flushAll()
        && writeContext(streamId, cdTable, domain.contextDescriptor())
        && install(streamId, Entries.stage1(cdTable, features.stalls() && !features.stallForced()));
  }

  /**
   * Lets a stream bypass translation, as far as the host can decide that.
   *
   * @return false as for {@link #attach}
   */
  public boolean attachBypass(int streamId) {
    return install(streamId, Entries.bypass()) && clearContext(streamId);
  }

  /**
   * Takes a stream out of service: its accesses abort. Its CD table goes back to the host.
   *
   * @return false if the StreamID is beyond the table or the SMMU does not consume the commands;
   *     then the CD table stays
   */
  public boolean detach(int streamId) {
    if (!install(streamId, Entries.abort()) || !clearContext(streamId)) {
      return false;
    }
    contexts.free(streamId);
    return true;
  }

  private boolean clearContext(int streamId) {
    long cdTable = contexts.get(streamId);
    return cdTable == HostMemory.NO_PAGE || writeContext(streamId, cdTable, new long[Cd.WORDS]);
  }

  private boolean writeContext(int streamId, long address, long[] cd) {
    return EntryUpdate.write(
        shared.access(),
        address,
        cd,
        Entries::cdUsed,
        () -> {
          Commands.cfgiCd(commands, streamId, 0, true);
          return commands.sync();
        });
  }

  /**
   * The STE of a stream, as the host's table has it.
   *
   * @return eight words; null if the StreamID is beyond the table or memory is exhausted
   */
  public long[] entry(int streamId) {
    long entry = streams.entry(streamId);
    if (entry == HostMemory.NO_PAGE) {
      return null;
    }
    long[] ste = new long[Ste.WORDS];
    for (int i = 0; i < Ste.WORDS; i++) {
      ste[i] = shared.access().read64(entry + (long) i * Long.BYTES);
    }
    return ste;
  }

  /**
   * Makes a stream's STE invalid without a word to the SMMU. While CR0.SMMUEN is 0 nothing reads it
   * (IHI 0070 6.3.9.6); what is cached of it is to be invalidated before that is 1.
   *
   * @return false if the StreamID is beyond the table, or memory is exhausted
   */
  public boolean clear(int streamId) {
    long entry = streams.entry(streamId);
    if (entry == HostMemory.NO_PAGE) {
      return false;
    }
    shared.access().write64(entry, 0);
    return true;
  }

  /**
   * Writes any STE at all for a stream, tells the SMMU, and hints that it will be used soon.
   *
   * @param ste eight words
   * @return false if the StreamID is beyond the table, memory is exhausted or the SMMU does not
   *     consume the commands
   */
  public boolean install(int streamId, long[] ste) {
    long entry = streams.entry(streamId);
    if (entry == HostMemory.NO_PAGE) {
      return false;
    }
    boolean written =
        EntryUpdate.write(
            shared.access(),
            entry,
            ste,
            Entries::steUsed,
            () -> {
              Commands.cfgiSte(commands, streamId, true);
              return commands.sync();
            });
    if (!prefetchBroken) {
      Commands.prefetchConfig(commands, streamId);
      commands.flush();
    }
    return written;
  }
}
