package portcullis.machine.smmuv3.registers;

import java.util.List;
import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.smmu.AtosCtrl;
import portcullis.arch.smmu.AtosSid;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr1;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.DptBase;
import portcullis.arch.smmu.Gbpa;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Gmpam;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.VatosSel;

/**
 * How one register behaves: what it resets to, which bits software can write under which condition,
 * and what a write sets off (IHI 0070 6.3). A register that the profile lacks has no writable bit
 * and reads as zero.
 *
 * @param reset value after reset
 * @param parts bits that a write changes while their guard is open; the others keep their value
 * @param effect what else a write does
 * @param queue the queue whose size says how much of the SMMU's own index reads as zero (6.3.28,
 *     6.3.95, 6.3.97); null for a register that is no such index
 */
record RegisterRule(long reset, List<Part> parts, Effect effect, QueueShape queue) {

  /** Writable bits that share a guard. */
  record Part(long bits, Guard guard) {}

  /**
   * The enable that makes bits read-only; to ignore the write is what SMMUv3.2 requires of all of
   * them.
   */
  enum Guard {
    NONE(Register.CR0ACK),
    SMMUEN(Register.CR0ACK, Cr0.SMMUEN),
    EVENTQEN(Register.CR0ACK, Cr0.EVENTQEN),
    PRIQEN(Register.CR0ACK, Cr0.PRIQEN),
    CMDQEN(Register.CR0ACK, Cr0.CMDQEN),
    /** Any queue, Enhanced Command queues included (6.3.11.2). */
    QUEUES(Register.CR0ACK, Cr0.CMDQEN, Cr0.EVENTQEN, Cr0.PRIQEN) {
      @Override
      boolean closed(RegisterFile registers) {
        return super.closed(registers) || registers.control().anyEnabled();
      }
    },
    GERROR_IRQEN(Register.IRQ_CTRLACK, IrqCtrl.GERROR_IRQEN),
    PRIQ_IRQEN(Register.IRQ_CTRLACK, IrqCtrl.PRIQ_IRQEN),
    EVENTQ_IRQEN(Register.IRQ_CTRLACK, IrqCtrl.EVENTQ_IRQEN),
    /** Either of CR0 and CR0ACK, which are the same between two accesses (6.3.46, 6.3.47). */
    DPT_WALK_EN(Register.CR0ACK, Cr0.DPT_WALK_EN),
    /** A lookup is going on (6.3.37). */
    GATOS(Register.GATOS_CTRL, AtosCtrl.RUN),
    VATOS(Register.VATOS_CTRL, AtosCtrl.RUN);

    private final Register acknowledge;
    private final long enables;

    Guard(Register acknowledge, Field... enables) {
      this.acknowledge = acknowledge;
      this.enables = bits(enables);
    }

    boolean closed(RegisterFile registers) {
      return (registers.get(acknowledge) & enables) != 0;
    }
  }

  /** What a write sets off beside the change of the register. */
  public enum Effect {
    NONE,
    /** CR0ACK follows; queues start, and stalled transactions end with translation. */
    ACKNOWLEDGE_CR0,
    /** IRQ_CTRLACK follows. */
    ACKNOWLEDGE_IRQ_CTRL,
    /** Applies only with Update, bit 31, set, which then reads as zero (6.3.14.1, 6.3.42). */
    UPDATE,
    /** Applies only with FAULT, bit 0, clear, which clears the whole register (6.3.48). */
    CLEAR,
    /** Commands may be there to be consumed. */
    CONSUME_COMMANDS,
    /** Commands of an Enhanced Command queue may be there to be consumed. */
    CONSUME_ENHANCED_COMMANDS,
    /** An acknowledged error lets a queue go on. */
    ACKNOWLEDGE_ERRORS,
    /** The event queue may have become writable. */
    DRAIN_EVENTS,
    /** A lookup by GATOS is asked for. */
    RUN_GATOS,
    /** A lookup by VATOS is asked for. */
    RUN_VATOS
  }

  /** GBPA.SHCFG: use incoming. */
  private static final int SHCFG_INCOMING = 0b01;

  /** The bits of a VMID where IDR0.VMID16 is 0. */
  private static final long NARROW_VMID = 0xff;

  private static final RegisterRule ABSENT = readOnly(0);

  private static RegisterRule readOnly(long value) {
    return new RegisterRule(value, List.of(), Effect.NONE, null);
  }

  private static RegisterRule writable(long reset, long bits, Guard guard, Effect effect) {
    return new RegisterRule(reset, List.of(new Part(bits, guard)), effect, null);
  }

  private static RegisterRule guarded(Register register, Guard guard) {
    return writable(0, defined(register.layout()), guard, Effect.NONE);
  }

  private static RegisterRule guardedIf(boolean present, Register register, Guard guard) {
    return present ? guarded(register, guard) : ABSENT;
  }

  private static RegisterRule atosIf(boolean present, long bits, Guard guard, Effect effect) {
    return present ? writable(0, bits, guard, effect) : ABSENT;
  }

  /** An index that the SMMU moves, and software sets while the queue is off. */
  private static RegisterRule index(Register register, Guard guard, QueueShape queue) {
    RegisterRule rule = guarded(register, guard);
    return new RegisterRule(rule.reset, rule.parts, rule.effect, queue);
  }

  /** The bits that a write can change at some time. */
  long everWritable() {
    long bits = 0;
    for (Part part : parts) {
      bits |= part.bits;
    }
    return bits;
  }

  /** The bits that a write can change now. */
  long writable(RegisterFile registers) {
    long open = 0;
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      if (!part.guard.closed(registers)) {
        open |= part.bits;
      }
    }
    return open;
  }

  /** The bits that read as they are; the others read as zero. */
  long readable(RegisterFile registers) {
    return queue == null ? -1L : ~CmdqCons.RD.mask() | QueueIndex.mask(queue.log2Size(registers));
  }

  /** The rule of {@code register} in an SMMU with {@code features}. */
  static RegisterRule of(Register register, Features features) {
    boolean msi = features.feature0(Idr0.MSI);
    boolean pri = features.feature0(Idr0.PRI);
    boolean atos = features.feature0(Idr0.ATOS);
    boolean vatos = features.feature0(Idr0.VATOS);
    boolean dpt = features.feature3(Idr3.DPT);
    boolean queuesPreset = features.feature1(Idr1.QUEUES_PRESET);
    boolean tablesPreset = features.feature1(Idr1.TABLES_PRESET);
    return switch (register) {
      case IDR0, IDR1, IDR2, IDR3, IDR4, IDR5, IDR6, IIDR, AIDR, MPAMIDR ->
          readOnly(Integer.toUnsignedLong(features.profile().ids().value(register)));
      case CR0 ->
          writable(
              0,
              bits(Cr0.SMMUEN, Cr0.EVENTQEN, Cr0.CMDQEN)
                  | bitsIf(pri, Cr0.PRIQEN)
                  | bitsIf(features.feature0(Idr0.ATS), Cr0.ATSCHK)
                  | bitsIf(features.feature0(Idr0.VMW), Cr0.VMW)
                  | bitsIf(dpt, Cr0.DPT_WALK_EN),
              Guard.NONE,
              Effect.ACKNOWLEDGE_CR0);
      case CR1 -> cr1(tablesPreset, queuesPreset);
      case CR2 ->
          writable(
              // Arm recommends that private maintenance is what an SMMU starts with (6.3.12).
              bitsIf(features.feature0(Idr0.BTM), Cr2.PTM),
              bits(Cr2.RECINVSID)
                  | bitsIf(features.feature0(Idr0.HYP), Cr2.E2H)
                  | bitsIf(features.feature0(Idr0.BTM), Cr2.PTM)
                  | bitsIf(features.feature0(Idr0.ATSRECERR), Cr2.REC_CFG_ATS),
              Guard.SMMUEN,
              Effect.NONE);
      case GBPA ->
          writable(
              Gbpa.SHCFG.of(SHCFG_INCOMING),
              bits(Gbpa.ABORT)
                  | bitsIf(
                      features.feature1(Idr1.ATTR_TYPES_OVR),
                      Gbpa.MEMATTR,
                      Gbpa.MTCFG,
                      Gbpa.ALLOCCFG,
                      Gbpa.SHCFG)
                  | bitsIf(features.feature1(Idr1.ATTR_PERMS_OVR), Gbpa.PRIVCFG, Gbpa.INSTCFG),
              Guard.NONE,
              Effect.UPDATE);
      case IRQ_CTRL ->
          writable(
              0,
              bits(IrqCtrl.GERROR_IRQEN, IrqCtrl.EVENTQ_IRQEN) | bitsIf(pri, IrqCtrl.PRIQ_IRQEN),
              Guard.NONE,
              Effect.ACKNOWLEDGE_IRQ_CTRL);
      case GERRORN ->
          writable(
              0,
              bits(Gerror.CMDQ_ERR, Gerror.EVENTQ_ABT_ERR, Gerror.SFM_ERR)
                  | bitsIf(pri, Gerror.PRIQ_ABT_ERR)
                  | bitsIf(pri && msi, Gerror.MSI_PRIQ_ABT_ERR)
                  | bitsIf(features.feature1(Idr1.ECMDQ), Gerror.CMDQP_ERR)
                  | bitsIf(dpt, Gerror.DPT_ERR)
                  | bitsIf(
                      msi,
                      Gerror.MSI_CMDQ_ABT_ERR,
                      Gerror.MSI_EVENTQ_ABT_ERR,
                      Gerror.MSI_GERROR_ABT_ERR),
              Guard.NONE,
              Effect.ACKNOWLEDGE_ERRORS);
      case GERROR_IRQ_CFG0, GERROR_IRQ_CFG1, GERROR_IRQ_CFG2 ->
          guardedIf(msi, register, Guard.GERROR_IRQEN);
      case EVENTQ_IRQ_CFG0, EVENTQ_IRQ_CFG1, EVENTQ_IRQ_CFG2 ->
          guardedIf(msi, register, Guard.EVENTQ_IRQEN);
      case PRIQ_IRQ_CFG0, PRIQ_IRQ_CFG1, PRIQ_IRQ_CFG2 ->
          guardedIf(msi && pri, register, Guard.PRIQ_IRQEN);
      case STRTAB_BASE, STRTAB_BASE_CFG -> guardedIf(!tablesPreset, register, Guard.SMMUEN);
      case CMDQ_BASE -> guardedIf(!queuesPreset, register, Guard.CMDQEN);
      case CMDQ_CONS -> index(register, Guard.CMDQEN, QueueShape.COMMAND);
      case CMDQ_PROD ->
          writable(0, defined(register.layout()), Guard.NONE, Effect.CONSUME_COMMANDS);
      case EVENTQ_BASE -> guardedIf(!queuesPreset, register, Guard.EVENTQEN);
      case EVENTQ_PROD -> index(register, Guard.EVENTQEN, QueueShape.EVENT);
      case EVENTQ_CONS -> writable(0, defined(register.layout()), Guard.NONE, Effect.DRAIN_EVENTS);
      case PRIQ_BASE -> guardedIf(pri && !queuesPreset, register, Guard.PRIQEN);
      case PRIQ_PROD -> pri ? index(register, Guard.PRIQEN, QueueShape.PRI) : ABSENT;
      case PRIQ_CONS -> guardedIf(pri, register, Guard.NONE);
      case GATOS_CTRL -> atosIf(atos, bits(AtosCtrl.RUN), Guard.GATOS, Effect.RUN_GATOS);
      case GATOS_SID -> atosIf(atos, streamBits(features), Guard.GATOS, Effect.NONE);
      case GATOS_ADDR -> guardedIf(atos, register, Guard.GATOS);
      case GMPAM, GBPMPAM -> writable(0, mpamBits(features), Guard.NONE, Effect.UPDATE);
      case DPT_BASE ->
          dpt ? writable(0, dptBaseBits(features), Guard.DPT_WALK_EN, Effect.NONE) : ABSENT;
      case DPT_BASE_CFG -> guardedIf(dpt, register, Guard.DPT_WALK_EN);
      case DPT_CFG_FAR ->
          dpt ? writable(0, defined(register.layout()), Guard.NONE, Effect.CLEAR) : ABSENT;
      case VATOS_SEL -> atosIf(vatos, vmidBits(features), Guard.VATOS, Effect.NONE);
      case VATOS_CTRL -> atosIf(vatos, bits(AtosCtrl.RUN), Guard.VATOS, Effect.RUN_VATOS);
      case VATOS_SID -> atosIf(vatos, streamBits(features), Guard.VATOS, Effect.NONE);
      case VATOS_ADDR -> guardedIf(vatos, register, Guard.VATOS);
      case CIDR0, CIDR1, CIDR2, CIDR3, PIDR0, PIDR1, PIDR2, PIDR3, PIDR4 ->
          readOnly(ComponentId.value(register, features.profile().iidr()));
      default -> ABSENT;
    };
  }

  /** Each half of CR1 has a guard of its own, or is preset with what it describes (6.3.11). */
  private static RegisterRule cr1(boolean tablesPreset, boolean queuesPreset) {
    long tables = bitsIf(!tablesPreset, Cr1.TABLE_SH, Cr1.TABLE_OC, Cr1.TABLE_IC);
    long queues = bitsIf(!queuesPreset, Cr1.QUEUE_SH, Cr1.QUEUE_OC, Cr1.QUEUE_IC);
    return new RegisterRule(
        0,
        List.of(new Part(tables, Guard.SMMUEN), new Part(queues, Guard.QUEUES)),
        Effect.NONE,
        null);
  }

  /** What ATOS_SID stores: as many bits of the IDs as there are (6.3.38). */
  private static long streamBits(Features features) {
    long substreams = AtosSid.SUBSTREAMID.of((1L << features.substreamIdBits()) - 1);
    return AtosSid.STREAMID.of((1L << features.streamIdBits()) - 1)
        | (substreams == 0 ? 0 : substreams | AtosSid.SSID_VALID.mask());
  }

  /** What GMPAM and GBPMPAM store: as many bits as the largest identifiers have (6.3.42). */
  private static long mpamBits(Features features) {
    return Gmpam.SO_PARTID.of(onesUpTo(features.mostPartId()))
        | Gmpam.SO_PMG.of(onesUpTo(features.mostPmg()));
  }

  /** All ones from bit 0 to the highest one of {@code most}. */
  private static long onesUpTo(int most) {
    return (1L << (Integer.SIZE - Integer.numberOfLeadingZeros(most))) - 1;
  }

  /** What DPT_BASE stores: no address bits above OAS (6.3.46). */
  private static long dptBaseBits(Features features) {
    return DptBase.RA.mask() | DptBase.BADDR.inPlace((1L << features.outputBits()) - 1);
  }

  private static long vmidBits(Features features) {
    return features.feature0(Idr0.VMID16) ? VatosSel.VMID.mask() : NARROW_VMID;
  }

  private static long bits(Field... fields) {
    long bits = 0;
    for (Field field : fields) {
      bits |= field.mask();
    }
    return bits;
  }

  private static long bitsIf(boolean present, Field... fields) {
    return present ? bits(fields) : 0;
  }

  private static long defined(Layout layout) {
    return ~layout.reservedMask(0) & (layout.bits() == 32 ? 0xffff_ffffL : -1L);
  }
}
