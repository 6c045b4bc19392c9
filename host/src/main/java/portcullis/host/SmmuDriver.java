package portcullis.host;

import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr1;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StrtabBase;
import portcullis.platform.HostCpu;
import portcullis.smmu.Commands;
import portcullis.smmu.Features;
import portcullis.store.Cell;
import portcullis.store.Store;

/**
 * The host's driver of one SMMUv3, with the register and command sequences of Linux's arm-smmu-v3
 * (as recorded from Linux 6.12): probe, reset, attach, detach, events. It knows nothing of EL2.
 */
public final class SmmuDriver {
  /** Linux bounds its queues to what one contiguous allocation of 1 MiB holds. */
  private static final int MAX_COMMAND_BITS = 16;

  private static final int MAX_EVENT_BITS = 15;

  private static final long COMMAND_BYTES = 16;
  private static final long EVENT_BYTES = 32;

  /** Shareable Inner, Write-Back cacheable: what CR1 says of tables and queues. */
  private static final long INNER_SHAREABLE = 0b11;

  private static final long WRITE_BACK = 0b01;

  /** CR0 of an SMMU that translates, with both queues. */
  public static final long RUNNING = Cr0.SMMUEN.of(1) | Cr0.CMDQEN.of(1) | Cr0.EVENTQEN.of(1);

  private final HostCpu cpu;
  private final HostMemory memory;
  private final SmmuRegisters registers;
  private final CommandQueue commands;
  private final EventQueue events;
  private final StreamTable streams;
  private final boolean prefetchBroken;
  private final Cell[] ids = new Cell[6];
  private final Cell nextAsid;

  /**
   * A driver that has not touched its SMMU yet.
   *
   * @param name prefix of its cells, such as {@code host.smmu0}
   * @param base of the SMMU's registers
   * @param prefetchBroken the tree says that CMD_PREFETCH_CONFIG must not be sent
   */
  public SmmuDriver(
      Store store, HostCpu cpu, HostMemory memory, String name, long base, boolean prefetchBroken) {
    this.cpu = cpu;
    this.memory = memory;
    this.prefetchBroken = prefetchBroken;
    registers = new SmmuRegisters(cpu, base);
    commands = new CommandQueue(store, cpu, registers, name);
    events = new EventQueue(store, cpu, registers, name);
    streams = new StreamTable(store, cpu, memory, name);
    String[] names = {"idr0", "idr1", "idr3", "idr5", "iidr", "aidr"};
    for (int i = 0; i < ids.length; i++) {
      ids[i] = store.cell(name + "." + names[i]);
    }
    nextAsid = store.cell(name + ".next_asid");
  }

  /** What an attempt to bring the SMMU up came to. */
  public enum Outcome {
    /** It runs. */
    OK,
    /** It has no stage 1 that the host could use. */
    NO_STAGE_1,
    /** A control register's write was not acknowledged within a second. */
    NOT_ACKNOWLEDGED,
    /** A command was not consumed within a second, or the queue stopped with an error. */
    COMMANDS_STUCK,
    /** The host's memory is exhausted. */
    NO_MEMORY
  }

  /** Reads the ID registers, allocates queues and the stream table, resets and enables the SMMU. */
  public Outcome bringUp() {
    ids[0].set(registers.read(Register.IDR0));
    ids[1].set(registers.read(Register.IDR1));
    ids[2].set(registers.read(Register.IDR3));
    ids[3].set(registers.read(Register.IDR5));
    ids[4].set(registers.read(Register.IIDR));
    if (!features().stage1()) {
      return Outcome.NO_STAGE_1;
    }
    return allocate() ? reset() : Outcome.NO_MEMORY;
  }

  /** What the SMMU (or its emulation) says that it can do. */
  public Features features() {
    return new Features(id(0), id(1), id(2), id(3), id(4), id(5));
  }

  private int id(int index) {
    return (int) ids[index].get();
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

  private boolean allocate() {
    int commandBits = Math.min(features().cmdqLog2(), MAX_COMMAND_BITS);
    int eventBits = Math.min(features().eventqLog2(), MAX_EVENT_BITS);
    long commandQueue = memory.allocateBytes(COMMAND_BYTES << commandBits);
    long eventQueue = memory.allocateBytes(EVENT_BYTES << eventBits);
    if (commandQueue == HostMemory.NO_PAGE || eventQueue == HostMemory.NO_PAGE) {
      return false;
    }
    commands.place(commandQueue, commandBits);
    events.place(eventQueue, eventBits);
    return streams.allocate(features());
  }

  private Outcome reset() {
    registers.read(Register.CR0);
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
    if (features().hyp()) {
      Commands.tlbiEl2All(commands);
    }
    Commands.tlbiNsnhAll(commands);
    if (!commands.sync()) {
      return Outcome.COMMANDS_STUCK;
    }
    placeEventQueue(events.address(), events.log2());
    enabled |= Cr0.EVENTQEN.of(1);
    if (!enable(enabled) || !enableInterrupts()) {
      return Outcome.NOT_ACKNOWLEDGED;
    }
    return enable(RUNNING) ? Outcome.OK : Outcome.NOT_ACKNOWLEDGED;
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

  /** Acknowledges every error that GERROR shows (IHI 0070 6.3.19). */
  public void acknowledgeErrors() {
    registers.write(Register.GERRORN, registers.read(Register.GERROR));
  }

  /** Disables the SMMU and gives queues and stream table back to the host's allocator. */
  public boolean shutDown() {
    if (!enable(0)) {
      return false;
    }
    memory.freeBytes(commands.address(), COMMAND_BYTES << commands.log2());
    memory.freeBytes(events.address(), EVENT_BYTES << events.log2());
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
    long asid = nextAsid.get() + 1;
    if (asid >>> features().asidBits() != 0) {
      return null;
    }
    nextAsid.set(asid);
    return Domain.create(cpu, memory, commands, features(), (int) asid);
  }

  /**
   * Puts a stream behind a stage-1 domain.
   *
   * @return false if memory is exhausted or the SMMU does not consume the commands
   */
  public boolean attach(int streamId, Domain domain) {
    long cdTable = memory.allocateBytes(memory.pageSize());
    if (cdTable == HostMemory.NO_PAGE || !domain.flushAll()) {
      return false;
    }
    boolean written =
        EntryUpdate.write(
            cpu.memory(),
            cdTable,
            domain.contextDescriptor(),
            Entries::cdUsed,
            () -> {
              Commands.cfgiCd(commands, streamId, 0, true);
              return commands.sync();
            });
    return written && install(streamId, Entries.stage1(cdTable));
  }

  /** Lets a stream bypass translation, as far as the host can decide that. */
  public boolean attachBypass(int streamId) {
    return install(streamId, Entries.bypass());
  }

  /** Takes a stream out of service: its accesses abort. Its CD table goes back to the host. */
  public boolean detach(int streamId) {
    long entry = streams.entry(streamId);
    if (entry == HostMemory.NO_PAGE) {
      return false;
    }
    long word0 = cpu.memory().read64(entry);
    boolean done = install(streamId, Entries.abort());
    if (done && Ste.CONFIG.get(word0) == Ste.CONFIG_S1) {
      memory.freeBytes(Ste.S1CONTEXTPTR.inPlace(word0), memory.pageSize());
    }
    return done;
  }

  /**
   * Writes any STE at all for a stream and tells the SMMU.
   *
   * @param ste eight words
   * @return whether the SMMU consumed the commands
   */
  public boolean install(int streamId, long[] ste) {
    long entry = streams.entry(streamId);
    if (entry == HostMemory.NO_PAGE) {
      return false;
    }
    boolean written =
        EntryUpdate.write(
            cpu.memory(),
            entry,
            ste,
            Entries::steUsed,
            () -> {
              Commands.cfgiSte(commands, streamId, true);
              return commands.sync();
            });
    if (!prefetchBroken && Ste.CONFIG.get(ste[0]) != Ste.CONFIG_ABORT) {
      Commands.prefetchConfig(commands, streamId);
      commands.flush();
    }
    return written;
  }
}
