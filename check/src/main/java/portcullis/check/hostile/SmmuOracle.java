package portcullis.check.hostile;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import portcullis.arch.Field;
import portcullis.arch.smmu.CmdqProd;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.IrqCfg0;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StreamTableDescriptor;
import portcullis.arch.smmu.StrtabBase;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.arch.smmu.Sync;
import portcullis.board.Smmu;
import portcullis.hyp.mem.HostPages;
import portcullis.hyp.mem.PageOwner;
import portcullis.machine.smmuv3.AccessType;
import portcullis.machine.smmuv3.SmmuV3;
import portcullis.platform.DeviceRegisters;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.Platform;

/** What one SMMU's hardware could do now, by its own registers and what they lead to. */
final class SmmuOracle {
  /** The least that can have an owner of its own: a page of the smallest granule. */
  private static final long PAGE = 4096;

  private static final int EVENT_BYTES = 32;
  private static final int REQUEST_BYTES = 16;
  private static final int LEAF_SPAN_MAX = 11;
  private static final long NONE = -1;
  private static final List<Register> MESSAGES =
      List.of(Register.GERROR_IRQ_CFG0, Register.EVENTQ_IRQ_CFG0, Register.PRIQ_IRQ_CFG0);

  /** What EL2 cannot have meant, since its stage 2 would not be what is in force. */
  private static final List<Forbidden> FORBIDDEN =
      List.of(
          new Forbidden(Ste.STRW, "belongs to EL2's StreamWorld"),
          new Forbidden(Ste.S2VMID, "has a VMID that EL2's invalidations do not name"),
          new Forbidden(Ste.S2ENDI, "reads EL2's table as big-endian"),
          new Forbidden(Ste.S2HA, "lets the SMMU write into EL2's table"),
          new Forbidden(Ste.S2HD, "lets the SMMU write into EL2's table"),
          new Forbidden(Ste.VMSPTR, "names memory that no stage translates"));

  /**
   * A field that must be 0 in an STE that hardware reads.
   *
   * @param effect of any other value
   */
  private record Forbidden(Field field, String effect) {}

  /** The queues' base registers when the memory that they name was last found fine. */
  private static final class LastFine {
    private final Map<Register, Long> values = new EnumMap<>(Register.class);

    void forget() {
      values.clear();
    }

    void is(Register register, long value) {
      values.put(register, value);
    }

    boolean differs(Register register, long value) {
      Long fine = values.get(register);
      return fine == null || fine != value;
    }
  }

  private final DeviceRegisters devices;
  private final PhysicalMemory memory;
  private final Smmu smmu;
  private final BooleanSupplier powered;
  private final HostPages pages;
  private final long top;
  private final Tally<Reached> reached;
  private final long[] ste = new long[Ste.WORDS];
  private final boolean hasMessages;
  private final boolean hasAts;
  private final long idr1;
  private final EnhancedQueues enhanced;
  private final SmmuV3 model;
  private final LastFine lastFine = new LastFine();
  private long commandsSeen;

  /** Scratch of {@link #lookFor}. */
  private long held;

  /**
   * An oracle for one SMMU that EL2 has taken.
   *
   * @param memory as the SMMU finds it, or may find it at any moment
   * @param powered whether it has power: else it must not be asked for its registers
   * @param model to be asked for what it may still hold, if its caches are architectural; else null
   * @param top the end of all that belongs to anybody
   */
  SmmuOracle(
      Platform platform,
      PhysicalMemory memory,
      Smmu smmu,
      BooleanSupplier powered,
      SmmuV3 model,
      HostPages pages,
      long top,
      Tally<Reached> reached) {
    devices = platform.devices();
    this.memory = memory;
    this.smmu = smmu;
    this.powered = powered;
    this.model = model;
    this.pages = pages;
    this.top = top;
    this.reached = reached;
    hasMessages = Idr0.MSI.isSet(read32(Register.IDR0));
    hasAts = Idr0.ATS.isSet(read32(Register.IDR0));
    idr1 = read32(Register.IDR1);
    enhanced = new EnhancedQueues(devices, smmu, powered.getAsBoolean());
    commandsSeen = CmdqProd.WR.get(read32(Register.CMDQ_PROD));
  }

  String name() {
    return smmu.name();
  }

  /** What a register holds; 0 while there is no power. */
  private long read32(Register register) {
    return !powered.getAsBoolean()
        ? 0
        : Integer.toUnsignedLong(devices.read32(smmu.registers().base() + register.offset()));
  }

  /** What a register holds; 0 while there is no power. */
  private long read64(Register register) {
    return !powered.getAsBoolean()
        ? 0
        : devices.read64(smmu.registers().base() + register.offset());
  }

  /**
   * The first thing that is wrong with a page that is no longer the host's, or null: a translation
   * to it that the SMMU may still hold. With architectural caches only.
   *
   * @param streamId of a stream whose STE lets something through
   */
  String lookFor(long page, long streamId) {
    // Without power it uses nothing that it holds, and is made to forget that on its way up.
    if (model == null || !powered.getAsBoolean()) {
      return null;
    }
    held = NONE;
    model.stage2Outcomes((int) streamId, page, AccessType.READ, this::isHeld);
    model.stage2Outcomes((int) streamId, page, AccessType.WRITE, this::isHeld);
    return held == NONE
        ? null
        : "it may still hold that IPA 0x%x is 0x%x, which is not the host's".formatted(page, held);
  }

  private void isHeld(long pa) {
    if (pages.owner(pa) != PageOwner.HOST) {
      held = pa;
    }
  }

  /**
   * The first thing that is wrong with its registers and queues, or null.
   *
   * @param anew whether the owner of a page, or whether it is pinned, may have changed since the
   *     last call; if not, only what other registers now name is looked at
   */
  String look(boolean anew) {
    if (anew) {
      lastFine.forget();
    }
    if (!powered.getAsBoolean()) {
      reached.count(Reached.WITHOUT_POWER);
      return anew ? registerPages() : null;
    }
    // Not acknowledged yet, or no longer: either way it may be so.
    long cr0 = read32(Register.CR0);
    long cr0ack = read32(Register.CR0ACK);
    String finding = anew ? registerPages() : null;
    if (finding == null) {
      finding = messages();
    }
    if (finding == null && !Cr0.SMMUEN.isSet(cr0 & cr0ack)) {
      finding = aborts();
    }
    if (finding == null && Cr0.CMDQEN.isSet(cr0 | cr0ack)) {
      finding = commandQueue();
    }
    if (finding == null && enhanced.anyEnabled() >= 0) {
      finding = "its Enhanced Command queue %d is enabled".formatted(enhanced.anyEnabled());
    }
    if (finding == null && Cr0.EVENTQEN.isSet(cr0 | cr0ack)) {
      reached.count(Reached.EVENTQ_ENABLED);
      finding = outputQueue("event", Register.EVENTQ_BASE, EVENT_BYTES, Idr1.EVENTQS.get(idr1));
    }
    if (finding == null && hasAts && !Cr0.ATSCHK.isSet(cr0 & cr0ack)) {
      finding = "ATSCHK is 0: translated requests pass unchecked";
    }
    if (finding == null && Cr0.DPT_WALK_EN.isSet(cr0 | cr0ack)) {
      finding = "DPT_WALK_EN is 1: it reads a permission table that is not EL2's";
    }
    if (finding == null && Cr0.PRIQEN.isSet(cr0 | cr0ack)) {
      reached.count(Reached.PRIQ_ENABLED);
      finding = outputQueue("PRI", Register.PRIQ_BASE, REQUEST_BYTES, Idr1.PRIQS.get(idr1));
    }
    if (finding == null && Cr0.SMMUEN.isSet(cr0 | cr0ack)) {
      reached.count(Reached.SMMU_ENABLED);
    }
    return finding;
  }

  private String registerPages() {
    long base = smmu.registers().base();
    for (long page = base; page < base + smmu.registers().size(); page += PAGE) {
      if (pages.owner(page) != PageOwner.HYP) {
        return "its registers are not EL2's";
      }
    }
    return null;
  }

  private String messages() {
    if (hasMessages) {
      for (Register register : MESSAGES) {
        if (IrqCfg0.ADDR.inPlace(read64(register)) != 0) {
          return register + " sends an MSI that no stage translates";
        }
      }
    }
    return null;
  }

  private String aborts() {
    return Gbpa.ABORT.isSet(read32(Register.GBPA))
        ? null
        : "SMMUEN and GBPA.ABORT are 0: traffic bypasses";
  }

  private String commandQueue() {
    long queue = read64(Register.CMDQ_BASE);
    int log2 = (int) Math.min(QueueBase.LOG2SIZE.get(queue), Idr1.CMDQS.get(idr1));
    long bytes = (long) Command.BYTES << log2;
    long at = QueueBase.ADDR.inPlace(queue) & -Math.max(EVENT_BYTES, bytes);
    if (lastFine.differs(Register.CMDQ_BASE, queue)) {
      if (!OwnedMemory.isHyps(pages, at, bytes, PAGE, top)) {
        return "its command queue at 0x%x is not EL2's".formatted(at);
      }
      lastFine.is(Register.CMDQ_BASE, queue);
    }
    long wrap = (2L << log2) - 1;
    long producer = CmdqProd.WR.get(read32(Register.CMDQ_PROD)) & wrap;
    long fresh = Math.min((producer - commandsSeen) & wrap, 1L << log2);
    commandsSeen = producer;
    for (long back = 1; back <= fresh; back++) {
      long slot = at + ((producer - back) & (wrap >>> 1)) * Command.BYTES;
      long word0 = memory.read64(slot);
      if (Command.OPCODE.get(word0) == Opcode.SYNC.code()
          && Sync.CS.get(word0) == Sync.CS_IRQ
          && Sync.MSIADDRESS.inPlace(memory.read64(slot + Long.BYTES)) != 0) {
        return "it was given a CMD_SYNC with an MSI that no stage translates";
      }
    }
    return null;
  }

  private String outputQueue(String what, Register base, int entryBytes, long maxLog2) {
    long queue = read64(base);
    int log2 = (int) Math.min(QueueBase.LOG2SIZE.get(queue), maxLog2);
    long bytes = (long) entryBytes << log2;
    long at = QueueBase.ADDR.inPlace(queue) & -Math.max(EVENT_BYTES, bytes);
    if (!lastFine.differs(base, queue) || OwnedMemory.isHypsOrPinned(pages, at, bytes, PAGE, top)) {
      lastFine.is(base, queue);
      return null;
    }
    return "its %s queue at 0x%x+0x%x is neither EL2's nor kept with the host"
        .formatted(what, at, bytes);
  }

  /** Whether hardware may read the stream table. */
  boolean enabled() {
    return Cr0.SMMUEN.isSet(read32(Register.CR0) | read32(Register.CR0ACK));
  }

  /** STRTAB_BASE_CFG. */
  long streamTableConfig() {
    return read32(Register.STRTAB_BASE_CFG);
  }

  /** STRTAB_BASE. */
  long streamTableBase() {
    return read64(Register.STRTAB_BASE);
  }

  /** Where in physical memory the first level lies, or all of a linear table, of {@code bytes}. */
  long tableBase(long bytes) {
    return StrtabBase.ADDR.inPlace(streamTableBase()) & -Math.max(Ste.BYTES, bytes);
  }

  /** log2 of the StreamIDs that the table covers. */
  int streamBits() {
    return (int) Math.min(StrtabBaseCfg.LOG2SIZE.get(streamTableConfig()), Idr1.SIDSIZE.get(idr1));
  }

  /** Whether the table is one array of STEs. */
  boolean isLinear() {
    return StrtabBaseCfg.FMT.get(streamTableConfig()) == 0;
  }

  /** log2 of the StreamIDs that a first-level descriptor covers. */
  int splitBits() {
    return (int) StrtabBaseCfg.SPLIT.get(streamTableConfig());
  }

  /** What is wrong with where a first level lies, or null. */
  String firstLevelAt(long table, long bytes) {
    return OwnedMemory.isHyps(pages, table, bytes, PAGE, top)
        ? null
        : "its stream table at 0x%x is not EL2's".formatted(table);
  }

  /** What is wrong with where an array of STEs lies, or null. */
  String arrayAt(long at, long bytes) {
    return OwnedMemory.isHyps(pages, at, bytes, PAGE, top)
        ? null
        : "its STEs at 0x%x are not EL2's".formatted(at);
  }

  /** How many STEs a first-level descriptor leads to; 0 if none. */
  static long entries(long descriptor) {
    int span = (int) StreamTableDescriptor.SPAN.get(descriptor);
    return span == 0 || span > LEAF_SPAN_MAX ? 0 : 1L << (span - 1);
  }

  /** Where they lie. */
  static long array(long descriptor) {
    return StreamTableDescriptor.L2PTR.inPlace(descriptor) & -(entries(descriptor) * Ste.BYTES);
  }

  /**
   * What is wrong with an STE, or null.
   *
   * @param at where it lies
   * @param stage2 what is wrong with the stage-2 table of one that lets something through, or null
   */
  String entry(long at, long streamId, Function<Stage2Reference, String> stage2) {
    if (!Ste.V.isSet(memory.read64(at))) {
      return null;
    }
    for (int word = 0; word < Ste.WORDS; word++) {
      ste[word] = memory.read64(at + (long) word * Long.BYTES);
    }
    String finding = validEntry(stage2);
    return finding == null ? null : "StreamID 0x%x: %s".formatted(streamId, finding);
  }

  private String validEntry(Function<Stage2Reference, String> stage2) {
    int config = (int) Ste.CONFIG.get(ste[0]);
    if ((config & Ste.CONFIG_BIT_PASS) == 0) {
      reached.count(Reached.STE_ABORT);
      return null;
    }
    if ((config & Ste.CONFIG_BIT_S2) == 0) {
      return "its valid STE passes traffic without stage 2";
    }
    reached.count((config & Ste.CONFIG_BIT_S1) == 0 ? Reached.STE_STAGE2 : Reached.STE_NESTED);
    int eats = (int) Ste.EATS.get(ste[Ste.EATS.word()]);
    if (eats == Ste.EATS_SPLIT && config == Ste.CONFIG_NESTED) {
      reached.count(Reached.STE_SPLIT_ATS);
    } else if (eats != Ste.EATS_ABORT) {
      return "its STE lets translated requests bypass stage 2";
    }
    for (Forbidden forbidden : FORBIDDEN) {
      if (forbidden.field().isSet(ste[forbidden.field().word()])) {
        return "its STE " + forbidden.effect();
      }
    }
    Stage2Reference table = Stage2Reference.of(ste[Ste.S2TG.word()], ste[Ste.S2TTB.word()]);
    if (table == null || !Ste.S2AA64.isSet(ste[Ste.S2AA64.word()])) {
      return "its STE names no VMSAv8-64 stage 2";
    }
    return stage2.apply(table);
  }
}
