package portcullis.machine.smmuv3.registers;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.LongSupplier;
import portcullis.arch.smmu.DptCfgFar;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Page;
import portcullis.arch.smmu.Register;
import portcullis.store.Cell;
import portcullis.store.Store;

/**
 * The registers of pages 0 and 1 and of the VATOS page: one cell each, with the rules of {@link
 * RegisterRule}; behind them the {@link ControlPages}. What a write sets off is for the caller to
 * do.
 */
public final class RegisterFile {
  private static final Register[] ALL = Register.values();

  /** What resets to UNKNOWN values, by the registers' own descriptions (IHI 0070 6.3). */
  private static final Set<Register> UNKNOWN =
      EnumSet.of(
          Register.CR1,
          Register.CR2,
          Register.GERROR_IRQ_CFG0,
          Register.GERROR_IRQ_CFG1,
          Register.GERROR_IRQ_CFG2,
          Register.STRTAB_BASE,
          Register.STRTAB_BASE_CFG,
          Register.CMDQ_BASE,
          Register.CMDQ_PROD,
          Register.CMDQ_CONS,
          Register.EVENTQ_BASE,
          Register.EVENTQ_IRQ_CFG0,
          Register.EVENTQ_IRQ_CFG1,
          Register.EVENTQ_IRQ_CFG2,
          Register.EVENTQ_PROD,
          Register.EVENTQ_CONS,
          Register.PRIQ_BASE,
          Register.PRIQ_IRQ_CFG0,
          Register.PRIQ_IRQ_CFG1,
          Register.PRIQ_IRQ_CFG2,
          Register.PRIQ_PROD,
          Register.PRIQ_CONS,
          Register.DPT_BASE,
          Register.DPT_BASE_CFG,
          Register.GATOS_SID,
          Register.GATOS_ADDR,
          Register.VATOS_SEL,
          Register.VATOS_SID,
          Register.VATOS_ADDR);

  // By ordinal; null for a register of another page.
  private final Cell[] cells = new Cell[ALL.length];
  private final RegisterRule[] rules = new RegisterRule[ALL.length];

  /** By ordinal; null for a register whose cell says what it reads as. */
  private final LongSupplier[] derived = new LongSupplier[ALL.length];

  private final ChangeCount changes;

  /** Where the VATOS page is, in pages from the SMMU's base; 0 where there is none. */
  private final int vatosPage;

  private final ControlPages control;

  /**
   * Declares a cell for each register, named as the architecture does, with its reset value.
   *
   * @param changes counts every change of a register
   */
  public RegisterFile(Store store, String name, Features features, ChangeCount changes) {
    this.changes = changes;
    vatosPage = features.vatosPage();
    control = new ControlPages(store, name, features, this);
    for (Register register : ALL) {
      if (register.page().fixed() || register.page() == Page.VATOS) {
        Cell cell = store.cell(name + "." + register.name().toLowerCase(Locale.ROOT));
        RegisterRule rule = RegisterRule.of(register, features);
        cell.set(rule.reset());
        cells[register.ordinal()] = cell;
        rules[register.ordinal()] = rule;
      }
    }
  }

  /**
   * All registers as after reset: those whose value is UNKNOWN then have all ones, which is no
   * address that anybody meant.
   *
   * @param abort what GBPA.ABORT resets to
   */
  public void reset(boolean abort) {
    changes.happens();
    for (Register register : ALL) {
      if (cells[register.ordinal()] != null) {
        RegisterRule rule = rules[register.ordinal()];
        long value = UNKNOWN.contains(register) ? rule.everWritable() : rule.reset();
        boolean aborts = abort && register == Register.GBPA;
        cells[register.ordinal()].set(aborts ? value | Gbpa.ABORT.mask() : value);
      }
    }
    control.reset();
  }

  /** The registers of Enhanced Command queues. */
  public ControlPages control() {
    return control;
  }

  /** The register's value. */
  public long get(Register register) {
    return cells[register.ordinal()].get();
  }

  /** The SMMU's own change of a register: no rule applies. */
  public void set(Register register, long value) {
    changes.happens();
    cells[register.ordinal()].set(value);
  }

  /** From now on, software reads in {@code register} what {@code value} says: it is not kept. */
  public void derive(Register register, LongSupplier value) {
    derived[register.ordinal()] = value;
  }

  private long seen(Register register) {
    LongSupplier value = derived[register.ordinal()];
    return value == null
        ? get(register) & rules[register.ordinal()].readable(this)
        : value.getAsLong();
  }

  /** Software's read; zero where no register is, or the access is none that 6.2 allows. */
  public long read(int offset, int bytes) {
    if (control.contains(offset)) {
      return control.read(offset, bytes);
    }
    Register register = accessed(offset, bytes);
    if (register == null) {
      return 0;
    }
    long value =
        register.instances() == 1
            ? seen(register)
            : control.identify(register, (offset - register.offset()) / register.stride());
    if (bytes == Long.BYTES) {
      return value;
    }
    return (value >>> halfShift(register, offset)) & 0xffff_ffffL;
  }

  /**
   * Software's write: changes the bits that the register's rule lets it.
   *
   * @return what the write sets off
   */
  public RegisterRule.Effect write(int offset, int bytes, long value) {
    if (control.contains(offset)) {
      return control.write(offset, bytes, value)
          ? RegisterRule.Effect.CONSUME_ENHANCED_COMMANDS
          : RegisterRule.Effect.NONE;
    }
    Register register = accessed(offset, bytes);
    if (register == null) {
      return RegisterRule.Effect.NONE;
    }
    RegisterRule rule = rules[register.ordinal()];
    long open = rule.writable(this);
    if (open == 0) {
      return RegisterRule.Effect.NONE;
    }
    int shift = bytes == Long.BYTES ? 0 : halfShift(register, offset);
    long lanes = bytes == Long.BYTES ? -1L : 0xffff_ffffL << shift;
    long changed = open & lanes;
    if (rule.effect() == RegisterRule.Effect.UPDATE && !Gbpa.UPDATE.isSet(value)) {
      return RegisterRule.Effect.NONE;
    }
    if (rule.effect() == RegisterRule.Effect.CLEAR) {
      if (DptCfgFar.FAULT.isSet(lanes) && !DptCfgFar.FAULT.isSet(value)) {
        set(register, 0);
      }
      return RegisterRule.Effect.NONE;
    }
    set(register, (get(register) & ~changed) | ((value << shift) & changed));
    return rule.effect();
  }

  /** The register that an aligned access of its size, or of one of its halves, reaches. */
  private Register accessed(int offset, int bytes) {
    boolean aligned = (bytes == Integer.BYTES || bytes == Long.BYTES) && offset % bytes == 0;
    Register register = aligned && offset >= 0 ? at(offset) : null;
    return register != null && bytes <= register.bytes() ? register : null;
  }

  private Register at(int offset) {
    return vatosPage != 0 && offset / Page.BYTES == vatosPage
        ? Register.in(Page.VATOS, offset % Page.BYTES)
        : Register.at(offset);
  }

  /** Registers of 64 bits are aligned to them. */
  private static int halfShift(Register register, int offset) {
    return register.bytes() == Long.BYTES && offset % Long.BYTES != 0 ? Integer.SIZE : 0;
  }
}
