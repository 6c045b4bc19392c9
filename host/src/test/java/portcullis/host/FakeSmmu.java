package portcullis.host;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.EventqProd;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.StrtabBase;
import portcullis.arch.smmu.Tlbi;
import portcullis.smmu.QueuePointer;

/**
 * The registers and the queues of an SMMU that answers as the one in the recorded trace, and a log
 * of what reached it, in the trace's order: the commands that a write made it consume come before
 * the write.
 */
final class FakeSmmu {
  /** IDR0 to IDR5 and IIDR of the recorded trace. */
  static final int IDR0 = 0x0d44_101b;

  static final int IDR1 = 0x0273_0010;
  static final int IDR3 = 0x1414;
  static final int IDR5 = 0x74;

  /** A command as it was consumed. */
  record Consumed(long word0, long word1) {
    String name() {
      Opcode opcode = Opcode.of((int) Command.OPCODE.get(word0));
      return opcode == null ? "unknown" : opcode.name();
    }
  }

  final List<String> log = new ArrayList<>();
  final List<Consumed> commands = new ArrayList<>();

  private final FakeHost host;
  private final Map<Register, Long> registers = new HashMap<>();
  private boolean published;

  /** Whether CR0ACK and IRQ_CTRLACK follow. */
  boolean acknowledges = true;

  /** How many commands it takes at a PROD write; the rest at {@link #step}, one at a time. */
  int atOnce = Integer.MAX_VALUE;

  /** Whether it takes commands at all. */
  boolean consumes = true;

  /** An opcode that it finds illegal, or none. */
  Opcode illegal;

  /** Called before each command is consumed. */
  Runnable beforeCommand = () -> {};

  FakeSmmu(FakeHost host) {
    this.host = host;
    set(Register.IDR0, IDR0);
    set(Register.IDR1, IDR1);
    set(Register.IDR3, IDR3);
    set(Register.IDR5, IDR5);
  }

  long get(Register register) {
    return registers.getOrDefault(register, 0L);
  }

  void set(Register register, long value) {
    registers.put(register, value);
  }

  /** The names of the commands consumed since the last call. */
  List<String> takeCommandNames() {
    List<String> names = commands.stream().map(Consumed::name).toList();
    commands.clear();
    return names;
  }

  long read(int offset, int bytes) {
    Register register = at(offset, bytes);
    long value = get(register);
    log.add("read 0x%x %d 0x%x".formatted(offset, bytes, value));
    return value;
  }

  void write(int offset, int bytes, long value) {
    Register register = at(offset, bytes);
    switch (register) {
      case CMDQ_PROD -> {
        if (Cr0.CMDQEN.isSet(get(Register.CR0)) && !published) {
          throw new AssertionError("PROD written without a barrier after the commands");
        }
        set(register, value);
        consume(atOnce);
      }
      case CR0 -> {
        set(register, value);
        if (acknowledges) {
          set(Register.CR0ACK, value);
        }
      }
      case IRQ_CTRL -> {
        set(register, value);
        if (acknowledges) {
          set(Register.IRQ_CTRLACK, value);
        }
      }
      case GERRORN -> {
        set(register, value);
        consume(atOnce);
      }
      default -> set(register, value);
    }
    published = false;
    log.add("write 0x%x %d 0x%x".formatted(offset, bytes, value & ~address(register)));
  }

  /** The bits of a register that hold an address: these differ between any two machines. */
  static long address(Register register) {
    return switch (register) {
      case STRTAB_BASE -> StrtabBase.ADDR.mask();
      case CMDQ_BASE, EVENTQ_BASE -> QueueBase.ADDR.mask();
      default -> 0;
    };
  }

  private static Register at(int offset, int bytes) {
    Register register = Register.at(offset);
    if (register == null || register.offset() != offset || register.bytes() != bytes) {
      throw new AssertionError("no register of %d bytes at 0x%x".formatted(bytes, offset));
    }
    return register;
  }

  void barrier() {
    published = true;
  }

  /** Time passes. */
  void step() {
    consume(1);
  }

  boolean commandError() {
    return Gerror.CMDQ_ERR.isSet(get(Register.GERROR) ^ get(Register.GERRORN));
  }

  /** Appends an event record, or overflows (IHI 0070 7.4). */
  void event(long word0) {
    long base = get(Register.EVENTQ_BASE);
    int log2 = (int) QueueBase.LOG2SIZE.get(base);
    long producer = get(Register.EVENTQ_PROD);
    int write = (int) EventqProd.WR.get(producer);
    long consumer = get(Register.EVENTQ_CONS);
    if (QueuePointer.full(write, (int) EventqProd.WR.get(consumer), log2)) {
      if (((producer ^ consumer) & EventqProd.OVFLG.mask()) == 0) {
        set(Register.EVENTQ_PROD, producer ^ EventqProd.OVFLG.mask());
      }
      return;
    }
    long at = QueueBase.ADDR.inPlace(base) + QueuePointer.index(write, log2) * 32L;
    for (int i = 0; i < 4; i++) {
      host.memory().write64(at + 8L * i, word0 + i);
    }
    set(Register.EVENTQ_PROD, EventqProd.WR.with(producer, QueuePointer.next(write, log2)));
  }

  private void consume(int limit) {
    long base = get(Register.CMDQ_BASE);
    int log2 = (int) QueueBase.LOG2SIZE.get(base);
    for (int i = 0; i < limit; i++) {
      int read = (int) CmdqCons.RD.get(get(Register.CMDQ_CONS));
      if (!consumes
          || !Cr0.CMDQEN.isSet(get(Register.CR0))
          || commandError()
          || QueuePointer.empty((int) get(Register.CMDQ_PROD), read, log2)) {
        return;
      }
      beforeCommand.run();
      long at = QueueBase.ADDR.inPlace(base) + QueuePointer.index(read, log2) * 16L;
      Consumed command =
          new Consumed(host.memory().read64(at), host.memory().read64(at + Long.BYTES));
      if (illegal != null && command.name().equals(illegal.name())) {
        set(Register.CMDQ_CONS, CmdqCons.RD.of(read) | CmdqCons.ERR.of(CommandError.CERROR_ILL));
        set(Register.GERROR, get(Register.GERROR) ^ Gerror.CMDQ_ERR.mask());
        return;
      }
      commands.add(command);
      log.add("command " + command.name());
      if (Tlbi.TG.isSet(command.word1()) && command.name().equals(Opcode.TLBI_NH_VA.name())) {
        log.add(range(command));
      }
      set(Register.CMDQ_CONS, CmdqCons.RD.of(QueuePointer.next(read, log2)));
    }
  }

  /** A range invalidation as the trace writes it. */
  private static String range(Consumed command) {
    return "range vmid=%d asid=%d addr=0x%x tg=%d num_pages=0x%x ttl=%d leaf=%d"
        .formatted(
            Tlbi.VMID.get(command.word0()),
            Tlbi.ASID.get(command.word0()),
            Tlbi.ADDRESS.inPlace(command.word1()),
            Tlbi.TG.get(command.word1()),
            (Tlbi.NUM.get(command.word0()) + 1) << Tlbi.SCALE.get(command.word0()),
            Tlbi.TTL.get(command.word1()),
            Tlbi.LEAF.get(command.word1()));
  }
}
