package portcullis.machine.smmuv3;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.Register;

/**
 * How one register behaves: what it resets to, which bits software can write, under which
 * condition, and what a write sets off (IHI 0070 6.3). A register that the profile lacks has no
 * writable bit and reads as zero.
 *
 * @param reset value after reset
 * @param writable bits that a write changes; the others keep their value
 * @param guard while its enable is set, writes are ignored
 * @param effect what else a write does
 */
record RegisterRule(long reset, long writable, Guard guard, Effect effect) {

  /** The enable that makes a register read-only; "ignored" is what SMMUv3.2 requires. */
  enum Guard {
    NONE,
    SMMUEN,
    EVENTQEN,
    CMDQEN,
    GERROR_IRQEN,
    EVENTQ_IRQEN;

    boolean closed(RegisterFile registers) {
      return switch (this) {
        case NONE -> false;
        case SMMUEN -> Cr0.SMMUEN.isSet(registers.get(Register.CR0ACK));
        case EVENTQEN -> Cr0.EVENTQEN.isSet(registers.get(Register.CR0ACK));
        case CMDQEN -> Cr0.CMDQEN.isSet(registers.get(Register.CR0ACK));
        case GERROR_IRQEN -> IrqCtrl.GERROR_IRQEN.isSet(registers.get(Register.IRQ_CTRLACK));
        case EVENTQ_IRQEN -> IrqCtrl.EVENTQ_IRQEN.isSet(registers.get(Register.IRQ_CTRLACK));
      };
    }
  }

  /** What a write sets off beside the change of the register. */
  enum Effect {
    NONE,
    /** CR0ACK follows, and queues start. */
    ACKNOWLEDGE_CR0,
    /** IRQ_CTRLACK follows. */
    ACKNOWLEDGE_IRQ_CTRL,
    /** Applies only with Update set, which then reads as zero (6.3.14.1). */
    UPDATE_GBPA,
    /** Commands may be there to be consumed. */
    CONSUME_COMMANDS
  }

  /** GBPA.SHCFG: use incoming. */
  private static final int SHCFG_INCOMING = 0b01;

  private static final RegisterRule ABSENT = readOnly(0);

  private static RegisterRule readOnly(long value) {
    return new RegisterRule(value, 0, Guard.NONE, Effect.NONE);
  }

  private static RegisterRule guarded(Register register, Guard guard) {
    return new RegisterRule(0, defined(register.layout()), guard, Effect.NONE);
  }

  private static RegisterRule guardedIf(boolean present, Register register, Guard guard) {
    return present ? guarded(register, guard) : ABSENT;
  }

  /** The rule of {@code register} in an SMMU with {@code profile}. */
  static RegisterRule of(Register register, Profile profile) {
    boolean msi = profile.feature0(Idr0.MSI);
    boolean queuesPreset = profile.feature1(Idr1.QUEUES_PRESET);
    boolean tablesPreset = profile.feature1(Idr1.TABLES_PRESET);
    return switch (register) {
      case IDR0, IDR1, IDR2, IDR3, IDR4, IDR5, IDR6, IIDR, AIDR ->
          readOnly(Integer.toUnsignedLong(profile.ids().value(register)));
      case CR0 ->
          new RegisterRule(
              0, bits(Cr0.SMMUEN, Cr0.EVENTQEN, Cr0.CMDQEN), Guard.NONE, Effect.ACKNOWLEDGE_CR0);
      case CR1 -> guarded(register, Guard.SMMUEN);
      case CR2 -> new RegisterRule(0, bits(Cr2.RECINVSID), Guard.SMMUEN, Effect.NONE);
      case GBPA ->
          new RegisterRule(
              Gbpa.SHCFG.of(SHCFG_INCOMING),
              bits(Gbpa.ABORT)
                  | (profile.feature1(Idr1.ATTR_TYPES_OVR)
                      ? bits(Gbpa.MEMATTR, Gbpa.MTCFG, Gbpa.ALLOCCFG, Gbpa.SHCFG)
                      : 0)
                  | (profile.feature1(Idr1.ATTR_PERMS_OVR) ? bits(Gbpa.PRIVCFG, Gbpa.INSTCFG) : 0),
              Guard.NONE,
              Effect.UPDATE_GBPA);
      case IRQ_CTRL ->
          new RegisterRule(
              0,
              bits(IrqCtrl.GERROR_IRQEN, IrqCtrl.EVENTQ_IRQEN),
              Guard.NONE,
              Effect.ACKNOWLEDGE_IRQ_CTRL);
      case GERRORN ->
          new RegisterRule(
              0,
              bits(Gerror.CMDQ_ERR, Gerror.EVENTQ_ABT_ERR)
                  | (msi
                      ? bits(
                          Gerror.MSI_CMDQ_ABT_ERR,
                          Gerror.MSI_EVENTQ_ABT_ERR,
                          Gerror.MSI_GERROR_ABT_ERR)
                      : 0),
              Guard.NONE,
              Effect.CONSUME_COMMANDS);
      case GERROR_IRQ_CFG0, GERROR_IRQ_CFG1, GERROR_IRQ_CFG2 ->
          guardedIf(msi, register, Guard.GERROR_IRQEN);
      case EVENTQ_IRQ_CFG0, EVENTQ_IRQ_CFG1, EVENTQ_IRQ_CFG2 ->
          guardedIf(msi, register, Guard.EVENTQ_IRQEN);
      case STRTAB_BASE, STRTAB_BASE_CFG -> guardedIf(!tablesPreset, register, Guard.SMMUEN);
      case CMDQ_BASE -> guardedIf(!queuesPreset, register, Guard.CMDQEN);
      case CMDQ_CONS -> guarded(register, Guard.CMDQEN);
      case CMDQ_PROD ->
          new RegisterRule(0, defined(register.layout()), Guard.NONE, Effect.CONSUME_COMMANDS);
      case EVENTQ_BASE -> guardedIf(!queuesPreset, register, Guard.EVENTQEN);
      case EVENTQ_PROD -> guarded(register, Guard.EVENTQEN);
      case EVENTQ_CONS -> guarded(register, Guard.NONE);
      default -> ABSENT;
    };
  }

  private static long bits(Field... fields) {
    long bits = 0;
    for (Field field : fields) {
      bits |= field.mask();
    }
    return bits;
  }

  private static long defined(Layout layout) {
    return ~layout.reservedMask(0) & (layout.bits() == 32 ? 0xffff_ffffL : -1L);
  }
}
