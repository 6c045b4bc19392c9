package portcullis.machine.smmuv3;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Page;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.Bus;
import portcullis.machine.MemoryHistory;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;
import portcullis.store.PagedWords;
import portcullis.store.Store;

/** One SMMU over a few MiB of memory with holes, with shorthands that tests drive it by. */
final class Rig implements Bus, InterruptSink, TraceSink {
  static final long STREAM_TABLE = 0x10_0000;
  static final long COMMANDS = 0x20_0000;
  static final long EVENTS = 0x21_0000;
  static final long CONTEXTS = 0x30_0000;
  static final long MEMORY = 1L << 40;

  /** No memory: accesses abort. */
  static final long HOLE = 0x7000_0000;

  static final long HOLE_END = 0x8000_0000L;

  /** The SMMU's own registers, as its bus sees them. */
  static final long REGISTERS = 0xf000_0000L;

  static final Profile PLAIN = Profiles.BASIC;

  final Store store = new Store();
  final Profile profile;
  final Clients clients = new Clients();
  final SmmuV3 smmu;
  final Translation out = new Translation();
  final Map<InterruptLine, Integer> interrupts = new EnumMap<>(InterruptLine.class);
  final List<TraceEvent> trace = new ArrayList<>();
  boolean tracing;

  private final PagedWords memory = store.paged("ram", MEMORY / 8);
  private final MemoryHistory history;
  private long nextTable = 0x100_0000;

  Rig() {
    this(Profile.GENERIC);
  }

  Rig(Profile profile) {
    this.profile = profile;
    history = profile.architecturalCaches() ? new MemoryHistory(store, "history") : null;
    this.smmu = new SmmuV3(store, "smmu0", profile, this, this, clients, this, () -> 7);
  }

  @Override
  public boolean responds(long pa) {
    return pa >= 0 && pa < MEMORY && (pa < HOLE || pa >= HOLE_END);
  }

  @Override
  public long read(long pa, int bytes) {
    if (!responds(pa)) {
      throw new AssertionError("read of a hole: 0x" + Long.toHexString(pa));
    }
    long word = memory.get(pa / 8);
    return bytes == 8 ? word : (word >>> (pa % 8 * 8)) & ((1L << (bytes * 8)) - 1);
  }

  @Override
  public void write(long pa, int bytes, long value) {
    if (!responds(pa)) {
      throw new AssertionError("write to a hole: 0x" + Long.toHexString(pa));
    }
    if (pa >= REGISTERS && pa < REGISTERS + smmu.registerBytes()) {
      smmu.write((int) (pa - REGISTERS), bytes, value);
      return;
    }
    long word = value;
    if (bytes != 8) {
      int shift = (int) (pa % 8 * 8);
      long mask = ((1L << (bytes * 8)) - 1) << shift;
      word = (memory.get(pa / 8) & ~mask) | ((value << shift) & mask);
    }
    if (history != null) {
      history.write(pa, memory.get(pa / 8), word);
    }
    memory.set(pa / 8, word);
  }

  /** Puts a word into memory, also where the SMMU's registers are in its place for writes. */
  void plant(long pa, long word) {
    memory.set(pa / 8, word);
  }

  @Override
  public MemoryHistory history() {
    return history;
  }

  @Override
  public void signal(InterruptLine line) {
    interrupts.merge(line, 1, Integer::sum);
  }

  int signals(InterruptLine line) {
    return interrupts.getOrDefault(line, 0);
  }

  @Override
  public boolean enabled() {
    return tracing;
  }

  @Override
  public void accept(TraceEvent event) {
    trace.add(event);
  }

  long get(Register register) {
    return smmu.read(offset(register), register.bytes());
  }

  void set(Register register, long value) {
    smmu.write(offset(register), register.bytes(), value);
  }

  /** The VATOS page is where 6.3.3 says. */
  private int offset(Register register) {
    boolean vatos = register.page() == Page.VATOS;
    return register.offset() + (vatos ? 0x2_0000 + profile.ids().idr2() * 0x1_0000 : 0);
  }

  /** A linear Stream table of 2^bits, both queues of 2^4 and 2^3 entries, everything enabled. */
  Rig start(int bits) {
    set(Register.STRTAB_BASE, STREAM_TABLE);
    set(Register.STRTAB_BASE_CFG, StrtabBaseCfg.LOG2SIZE.of(bits));
    set(Register.CR2, Cr2.RECINVSID.of(1));
    set(Register.CMDQ_BASE, COMMANDS | QueueBase.LOG2SIZE.of(4));
    set(Register.EVENTQ_BASE, EVENTS | QueueBase.LOG2SIZE.of(3));
    set(Register.IRQ_CTRL, IrqCtrl.GERROR_IRQEN.of(1) | IrqCtrl.EVENTQ_IRQEN.of(1));
    set(Register.CR0, Cr0.SMMUEN.of(1) | Cr0.EVENTQEN.of(1) | Cr0.CMDQEN.of(1));
    return this;
  }

  /** Writes a structure of 64-bit words. */
  void store(long address, long... words) {
    for (int word = 0; word < words.length; word++) {
      write(address + word * 8L, 8, words[word]);
    }
  }

  /** Sets one field of a structure in memory. */
  void poke(long address, Field field, long value) {
    long at = address + field.word() * 8L;
    write(at, 8, field.with(read(at, 8), value));
  }

  /** Sets an address field of a structure in memory. */
  void pokeAddress(long address, Field field, long value) {
    poke(address, field, value >>> field.lsb());
  }

  static long ste(int streamId) {
    return STREAM_TABLE + streamId * 64L;
  }

  /** A valid STE with {@code config}; stage fields to be added. */
  void stream(int streamId, int config) {
    store(ste(streamId), new long[8]);
    poke(ste(streamId), Ste.V, 1);
    poke(ste(streamId), Ste.CONFIG, config);
    poke(ste(streamId), Ste.SHCFG, 1);
    poke(ste(streamId), Ste.S2R, 1);
  }

  /** Stage 2 of an STE: {@code tables} as built. */
  void stage2(int streamId, int vmid, Tables tables) {
    long ste = ste(streamId);
    poke(ste, Ste.S2VMID, vmid);
    poke(ste, Ste.S2AA64, 1);
    poke(ste, Ste.S2T0SZ, 64 - tables.inputBits);
    poke(ste, Ste.S2TG, tables.granule.tgStage2());
    poke(ste, Ste.S2PS, 5);
    int first = tables.granule == Granule.SIZE_4K ? 2 : 3;
    poke(ste, Ste.S2SL0, first - tables.startLevel);
    pokeAddress(ste, Ste.S2TTB, tables.root);
    poke(ste, Ste.S2R, 1);
  }

  /** A CD at {@code address} (physical) that walks {@code tables} through TTB0 only. */
  void context(long address, int asid, Tables tables) {
    store(address, new long[8]);
    poke(address, Cd.V, 1);
    poke(address, Cd.AA64, 1);
    poke(address, Cd.A, 1);
    poke(address, Cd.R, 1);
    poke(address, Cd.ASID, asid);
    poke(address, Cd.IPS, 5);
    poke(address, Cd.EPD1, 1);
    poke(address, Cd.T0SZ, 64 - tables.inputBits);
    poke(address, Cd.TG0, tables.granule.tgStage1());
    pokeAddress(address, Cd.TTB0, tables.root);
    poke(address, Cd.MAIR0, 0x00_44_bb_ffL);
  }

  /** Stage-1-only stream with one CD. */
  void stage1Stream(int streamId, int asid, Tables tables) {
    stream(streamId, Ste.CONFIG_S1);
    pokeAddress(ste(streamId), Ste.S1CONTEXTPTR, CONTEXTS + streamId * 64L);
    context(CONTEXTS + streamId * 64L, asid, tables);
  }

  /** Zeroed memory of {@code bytes}, aligned to its size. */
  long allocate(long bytes) {
    long size = Long.highestOneBit(bytes * 2 - 1);
    nextTable = (nextTable + size - 1) & -size;
    long table = nextTable;
    nextTable += size;
    return table;
  }

  boolean access(int streamId, long iova, AccessType type) {
    return smmu.transaction(streamId, Translation.NO_SUBSTREAM, iova, type, out);
  }

  boolean reads(int streamId, long iova) {
    return access(streamId, iova, AccessType.PRIVILEGED_READ);
  }

  /** Puts a command into the queue and rings the doorbell. */
  void command(long word0, long word1) {
    long prod = get(Register.CMDQ_PROD);
    int log2Size = (int) QueueBase.LOG2SIZE.get(get(Register.CMDQ_BASE));
    long index = prod & ((1L << log2Size) - 1);
    write(COMMANDS + index * 16, 8, word0);
    write(COMMANDS + index * 16 + 8, 8, word1);
    set(Register.CMDQ_PROD, (prod + 1) & ((2L << log2Size) - 1));
  }

  void command(Opcode opcode, long word0, long word1) {
    command(opcode.code() | word0, word1);
  }

  /** The newest event record. */
  long[] lastEvent() {
    long index = get(Register.EVENTQ_PROD) - 1 & 7;
    long[] record = new long[Event.WORDS];
    for (int word = 0; word < record.length; word++) {
      record[word] = read(EVENTS + index * Event.BYTES + word * 8L, 8);
    }
    return record;
  }
}
