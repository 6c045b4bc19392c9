package portcullis.machine;

import java.util.ArrayList;
import java.util.List;
import portcullis.arch.Field;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.StrtabBaseCfg;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.BuiltInBoard;
import portcullis.board.Master;
import portcullis.board.Smmu;
import portcullis.board.fdt.BoardException;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.DeviceRegisters;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/** The built-in board's machine, and shorthands for its second SMMU and what is behind it. */
final class BoardRig {
  /** The SMMU in front of the platform devices. */
  static final int SMMU = 1;

  /** The Ethernet controller's stream. */
  static final Stream ETHERNET = Stream.of(SMMU, 0x10);

  static final long RAM = 0x8000_0000L;
  static final long RAM_END = 0x1_0000_0000L;

  private static final long STREAM_TABLE = 0x9000_0000L;
  private static final long COMMANDS = 0x9001_0000L;
  private static final long EVENTS = 0x9002_0000L;
  private static final long TABLES = 0x9100_0000L;

  final Store store = new Store();
  final Board board;
  final Machine machine;
  final PhysicalMemory memory;
  private final DeviceRegisters devices;
  private final long smmuBase;
  private long nextTable = TABLES;

  BoardRig() {
    this(builtIn(), Profile.GENERIC, TraceSink.NONE);
  }

  BoardRig(Board board, Profile profile, TraceSink trace) {
    this(board, profile, trace, SMMU);
  }

  /** Drives the SMMU with that index of the board. */
  BoardRig(Board board, Profile profile, TraceSink trace, int smmu) {
    this.board = board;
    machine = new Machine(store, board, profile, 2, trace);
    memory = machine.platform().memory();
    devices = machine.platform().devices();
    smmuBase = board.smmus().get(smmu).registers().base();
  }

  static Board builtIn() {
    try {
      return BoardReader.read(BuiltInBoard.tree(), BoardOptions.DEFAULTS);
    } catch (BoardException e) {
      throw new AssertionError(e);
    }
  }

  /** The board with another SMMU at {@code smmu.index()}. */
  static Board with(Board board, Smmu smmu) {
    List<Smmu> smmus = new ArrayList<>(board.smmus());
    smmus.set(smmu.index(), smmu);
    return with(board, smmus, board.masters());
  }

  static Board with(Board board, List<Smmu> smmus, List<Master> masters) {
    return new Board(
        board.fileName(),
        board.model(),
        board.compatible(),
        board.memory(),
        board.carveOuts(),
        board.reserved(),
        board.firmwareReserved(),
        board.registers(),
        smmus,
        masters,
        board.overrides());
  }

  /** An SMMU as the board has it, but for these two. */
  static Smmu smmu(Board board, int index, boolean enabled, boolean coherent) {
    Smmu smmu = board.smmus().get(index);
    return new Smmu(
        index,
        smmu.path(),
        smmu.name(),
        smmu.registers(),
        enabled,
        coherent,
        smmu.coherentBus(),
        smmu.phandle(),
        smmu.interrupts(),
        smmu.quirks());
  }

  /** The master whose name begins so. */
  DmaMaster master(String name) {
    return machine.masters().stream()
        .filter(master -> master.description().name().startsWith(name))
        .findFirst()
        .orElseThrow();
  }

  long get(Register register) {
    return register.bytes() == 8
        ? devices.read64(smmuBase + register.offset())
        : Integer.toUnsignedLong(devices.read32(smmuBase + register.offset()));
  }

  void set(Register register, long value) {
    if (register.bytes() == 8) {
      devices.write64(smmuBase + register.offset(), value);
    } else {
      devices.write32(smmuBase + register.offset(), (int) value);
    }
  }

  /** A linear Stream table of 64 STEs, queues of 16 commands and 8 events, everything enabled. */
  void enableSmmu() {
    set(Register.STRTAB_BASE, STREAM_TABLE);
    set(Register.STRTAB_BASE_CFG, StrtabBaseCfg.LOG2SIZE.of(6));
    set(Register.CMDQ_BASE, COMMANDS | QueueBase.LOG2SIZE.of(4));
    set(Register.EVENTQ_BASE, EVENTS | QueueBase.LOG2SIZE.of(3));
    set(Register.IRQ_CTRL, IrqCtrl.GERROR_IRQEN.of(1) | IrqCtrl.EVENTQ_IRQEN.of(1));
    set(Register.CR0, Cr0.SMMUEN.of(1) | Cr0.EVENTQEN.of(1) | Cr0.CMDQEN.of(1));
  }

  /** Empty stage-2 tables, 39 bits of 4KB pages, behind an STE of {@code stream}. */
  Stage2Tables stage2(Stream stream) {
    Stage2Tables tables = new Stage2Tables(memory, Stage2Shape.COMMON, this::allocate);
    long ste = STREAM_TABLE + stream.streamId() * 64L;
    memory.write64(ste, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S2));
    memory.write64(ste + 8, Ste.SHCFG.of(1));
    memory.write64(
        ste + 16,
        Ste.S2T0SZ.of(25) | Ste.S2SL0.of(1) | Ste.S2PS.of(5) | Ste.S2AA64.of(1) | Ste.S2R.of(1));
    memory.write64(ste + 24, tables.root);
    return tables;
  }

  /** Sets a field of a stream's STE, and makes the SMMU see it. */
  void poke(Stream stream, Field field, long value) {
    long at = STREAM_TABLE + stream.streamId() * 64L + field.word() * 8L;
    memory.write64(at, field.with(memory.read64(at), value));
    command(Opcode.CFGI_STE.code() | (long) stream.streamId() << 32, 1);
  }

  long allocate(long bytes) {
    nextTable = (nextTable + bytes - 1) & -bytes;
    nextTable += bytes;
    return nextTable - bytes;
  }

  /** Puts a command into the queue and rings the doorbell. */
  void command(long word0, long word1) {
    long prod = get(Register.CMDQ_PROD);
    memory.write64(COMMANDS + prod % 16 * 16, word0);
    memory.write64(COMMANDS + prod % 16 * 16 + 8, word1);
    set(Register.CMDQ_PROD, (prod + 1) % 32);
  }

  /** The byte at a physical address. */
  int peek(long pa) {
    return (int) (memory.read64(pa & -8) >>> (pa & 7) * 8) & 0xff;
  }
}
