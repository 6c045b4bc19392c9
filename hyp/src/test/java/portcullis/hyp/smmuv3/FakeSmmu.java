package portcullis.hyp.smmuv3;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.EcmdqCons;
import portcullis.arch.smmu.EcmdqProd;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Idr6;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.platform.PhysicalMemory;

/** Hardware's register block, enough of it: acknowledgements, and a command queue that consumes. */
final class FakeSmmu {
  /** One command as hardware read it. */
  record Consumed(long word0, long word1) {
    Opcode opcode() {
      return Opcode.of((int) (word0 & 0xff));
    }
  }

  private static final long PAGES = 0x2_0000;

  final long base;
  final List<Consumed> consumed = new ArrayList<>();
  final List<String> writes = new ArrayList<>();

  /** What it reads: memory, or through the CPUs' caches. */
  PhysicalMemory memory;

  /** Behind pages 0 and 1: 32-bit words by their offset. */
  final Map<Long, Integer> control = new HashMap<>();

  /** From one Command queue control page to the next. */
  long controlSpacing = 0x1_0000;

  /** Hardware does not acknowledge the disabling of an Enhanced Command queue. */
  boolean deafQueues;

  private final Map<Register, Long> values = new EnumMap<>(Register.class);

  /** Hardware does not acknowledge CR0. */
  boolean deaf;

  /** Hardware does not acknowledge IRQ_CTRL. */
  boolean deafToIrqCtrl;

  /** Hardware consumes no command. */
  boolean stalled;

  /** How many commands hardware consumes before it is looked at again. */
  int perRead = Integer.MAX_VALUE;

  /** Which commands hardware calls illegal. */
  Predicate<Consumed> illegal = command -> false;

  /** Which commands end in CERROR_ATC_INV_SYNC. */
  Predicate<Consumed> timesOut = command -> false;

  /** Called with each command that hardware carries out. */
  BiConsumer<FakeSmmu, Consumed> observer = (smmu, command) -> {};

  /** Called with each register write. */
  BiConsumer<Register, Long> onWrite = (register, value) -> {};

  FakeSmmu(long base, PhysicalMemory memory) {
    this.base = base;
    this.memory = memory;
    set(
        Register.IDR0,
        Idr0.S1P.of(1)
            | Idr0.S2P.of(1)
            | Idr0.TTF.of(0b10)
            | Idr0.COHACC.of(1)
            | Idr0.DORMHINT.of(1)
            | Idr0.HYP.of(1)
            | Idr0.ATS.of(1)
            | Idr0.PRI.of(1)
            | Idr0.MSI.of(1)
            | Idr0.SEV.of(1)
            | Idr0.ATOS.of(1)
            | Idr0.VMW.of(1)
            | Idr0.VMID16.of(1)
            | Idr0.CD2L.of(1)
            | Idr0.TTENDIAN.of(0b10)
            | Idr0.ST_LEVEL.of(0b01));
    set(
        Register.IDR1,
        Idr1.SIDSIZE.of(16)
            | Idr1.SSIDSIZE.of(8)
            | Idr1.CMDQS.of(8)
            | Idr1.EVENTQS.of(8)
            | Idr1.PRIQS.of(8));
    set(Register.IDR3, Idr3.RIL.of(1));
    set(
        Register.IDR5,
        Idr5.OAS.of(4) | Idr5.GRAN4K.of(1) | Idr5.GRAN16K.of(1) | Idr5.GRAN64K.of(1));
    set(Register.CR0, Cr0.SMMUEN.of(1));
    set(Register.CR0ACK, Cr0.SMMUEN.of(1));
    set(Register.GERROR, Gerror.MSI_CMDQ_ABT_ERR.mask());
  }

  long get(Register register) {
    return values.getOrDefault(register, 0L);
  }

  void set(Register register, long value) {
    values.put(register, value);
  }

  void toggleError(long bit) {
    set(Register.GERROR, get(Register.GERROR) ^ bit);
  }

  /** Gives it 2^pages Command queue control pages of 2^queues each, the first at an offset. */
  void enhance(long first, int pages, int queues) {
    set(Register.IDR1, get(Register.IDR1) | Idr1.ECMDQ.mask());
    set(
        Register.IDR6,
        Idr6.CMDQ_CONTROL_PAGE_LOG2NUMP.of(pages) | Idr6.CMDQ_CONTROL_PAGE_LOG2NUMQ.of(queues));
    set(Register.CMDQ_CONTROL_PAGE_BASE, first | 0b11);
  }

  /** Whether hardware would let traffic through untranslated. */
  boolean bypasses() {
    return !Cr0.SMMUEN.isSet(get(Register.CR0)) && !Gbpa.ABORT.isSet(get(Register.GBPA));
  }

  /** Whether GBPA.ABORT resets to 1. */
  boolean abortsAtReset = true;

  boolean powered = true;

  /** Loses every register but the identification; what may be UNKNOWN is all ones. */
  void power(boolean on) {
    powered = on;
    writes.add(on ? "on" : "off");
    for (Register register : Register.values()) {
      boolean kept = register.name().startsWith("IDR") || register == Register.IIDR;
      boolean known =
          switch (register) {
            case CR0, CR0ACK, IRQ_CTRL, IRQ_CTRLACK, GERROR, GERRORN, GBPA, AIDR -> true;
            default -> false;
          };
      if (!kept) {
        set(register, known ? 0 : -1L >>> (64 - 8 * register.bytes()));
      }
    }
    set(Register.GBPA, abortsAtReset ? Gbpa.ABORT.mask() : 0);
  }

  private void requirePower() {
    if (!powered) {
      throw new AssertionError("an access without power");
    }
  }

  long read(long offset, int bytes) {
    requirePower();
    if (offset >= PAGES) {
      return Integer.toUnsignedLong(control.getOrDefault(offset, 0));
    }
    Register register = Register.at((int) offset);
    if (register == Register.CMDQ_CONTROL_PAGE_BASE) {
      return get(register) + (offset - register.offset()) / register.stride() * controlSpacing;
    }
    if (register == Register.CR0ACK && !deaf) {
      set(Register.CR0ACK, get(Register.CR0));
    }
    if (register == Register.CMDQ_CONS) {
      consume(); // what it could not before, hardware does when it can, not when it is told again
    }
    return register == null ? 0 : get(register);
  }

  /** The register at {@code offset} as {@link #writes} has it. */
  static String name(long offset) {
    return offset >= PAGES
        ? "0x" + Long.toHexString(offset)
        : String.valueOf(Register.at((int) offset));
  }

  void write(long offset, long value) {
    requirePower();
    writes.add(name(offset) + "=" + Long.toHexString(value));
    if (offset >= PAGES) {
      control.put(offset, (int) value);
      if (!deafQueues && offset % 16 == Register.ECMDQ_PROD.offset()) {
        control.put(offset + 4, (int) EcmdqCons.ENACK.of(EcmdqProd.EN.get(value)));
      }
      return;
    }
    Register register = Register.at((int) offset);
    set(register, value);
    switch (register) {
      case CR0 -> {
        if (!deaf) {
          set(Register.CR0ACK, value);
        }
        consume();
      }
      case IRQ_CTRL -> {
        if (!deafToIrqCtrl) {
          set(Register.IRQ_CTRLACK, value);
        }
      }
      case GBPA -> set(Register.GBPA, Gbpa.UPDATE.with(value, 0));
      case CMDQ_PROD, GERRORN -> consume();
      default -> {}
    }
    onWrite.accept(register, value);
  }

  /** Reads commands up to PROD, or to the first illegal one. */
  void consume() {
    long log2 = QueueBase.LOG2SIZE.get(get(Register.CMDQ_BASE));
    long mask = (2L << log2) - 1;
    for (int left = perRead;
        left > 0
            && Cr0.CMDQEN.isSet(get(Register.CR0ACK))
            && !stalled
            && !Gerror.CMDQ_ERR.isSet(get(Register.GERROR) ^ get(Register.GERRORN))
            && get(Register.CMDQ_CONS) != get(Register.CMDQ_PROD);
        left--) {
      long cons = CmdqCons.RD.get(get(Register.CMDQ_CONS));
      long at = QueueBase.ADDR.inPlace(get(Register.CMDQ_BASE)) + (cons & (mask >>> 1)) * 16;
      Consumed command = new Consumed(memory.read64(at), memory.read64(at + 8));
      int error =
          illegal.test(command)
              ? CommandError.CERROR_ILL
              : timesOut.test(command) ? CommandError.CERROR_ATC_INV_SYNC : 0;
      if (error != CommandError.CERROR_NONE) {
        set(Register.CMDQ_CONS, CmdqCons.RD.of(cons) | CmdqCons.ERR.of(error));
        toggleError(Gerror.CMDQ_ERR.mask());
        return;
      }
      consumed.add(command);
      set(Register.CMDQ_CONS, (cons + 1) & mask);
      observer.accept(this, command);
    }
  }
}
