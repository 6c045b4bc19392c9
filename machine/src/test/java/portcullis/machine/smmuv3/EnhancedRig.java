package portcullis.machine.smmuv3;

import portcullis.arch.smmu.CmdqControlPageBase;
import portcullis.arch.smmu.EcmdqCons;
import portcullis.arch.smmu.EcmdqProd;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr6;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.machine.smmuv3.profile.Profile;

/** A {@link Rig} with Enhanced Command queues, and shorthands to drive them by. */
final class EnhancedRig {
  /** log2 of the entries that {@link #start} gives a queue. */
  static final int LOG2 = 3;

  /** Where the first queue's commands are; the next queue's follow after {@link #SPAN}. */
  static final long COMMANDS = 0x80_0000;

  static final long SPAN = 0x100;

  final Rig rig;
  private final int log2Queues;

  EnhancedRig(Profile profile) {
    this(new Rig(profile).start(4));
  }

  EnhancedRig(Rig rig) {
    this.rig = rig;
    log2Queues = (int) Idr6.CMDQ_CONTROL_PAGE_LOG2NUMQ.get(rig.get(Register.IDR6));
  }

  EnhancedRig() {
    this(profile(1, 4));
  }

  /** A profile with 2^pages control pages of 2^queues queues each. */
  static Profile profile(int pages, int queues) {
    return Profile.GENERIC
        .with(Register.IDR1, Idr1.ECMDQ, 1)
        .with(Register.IDR6, Idr6.CMDQ_CONTROL_PAGE_LOG2NUMP, pages)
        .with(Register.IDR6, Idr6.CMDQ_CONTROL_PAGE_LOG2NUMQ, queues);
  }

  /** Where a control page is, as its CMDQ_CONTROL_PAGE_BASE says (6.3.49). */
  int page(int page) {
    return (int)
        CmdqControlPageBase.ADDR.inPlace(
            rig.smmu.read(Register.CMDQ_CONTROL_PAGE_BASE.offset() + 32 * page, 8));
  }

  /** Where a queue's register is: the queues are spaced evenly throughout their pages (6.2.5). */
  int at(int queue, Register register) {
    int within = queue & ((1 << log2Queues) - 1);
    return page(queue >> log2Queues) + within * (0x1_0000 >> log2Queues) + register.offset();
  }

  long get(int queue, Register register) {
    return rig.smmu.read(at(queue, register), register.bytes());
  }

  void set(int queue, Register register, long value) {
    rig.smmu.write(at(queue, register), register.bytes(), value);
  }

  static long commands(int queue) {
    return COMMANDS + queue * SPAN;
  }

  /** Programs an empty queue and enables it. */
  EnhancedRig start(int queue) {
    set(queue, Register.ECMDQ_BASE, commands(queue) | QueueBase.LOG2SIZE.of(LOG2));
    set(queue, Register.ECMDQ_CONS, 0);
    set(queue, Register.ECMDQ_PROD, 0);
    set(queue, Register.ECMDQ_PROD, EcmdqProd.EN.mask());
    return this;
  }

  /** Changes PROD.WR only. */
  void produce(int queue, long index) {
    set(queue, Register.ECMDQ_PROD, EcmdqProd.WR.with(get(queue, Register.ECMDQ_PROD), index));
  }

  /** Puts a command into a queue and rings the doorbell. */
  void command(int queue, long word0, long word1) {
    long index = EcmdqProd.WR.get(get(queue, Register.ECMDQ_PROD));
    rig.store(commands(queue) + (index & (1 << LOG2) - 1) * 16, word0, word1);
    produce(queue, index + 1 & (2 << LOG2) - 1);
  }

  void command(int queue, Opcode opcode, long word0, long word1) {
    command(queue, opcode.code() | word0, word1);
  }

  long consumed(int queue) {
    return EcmdqCons.RD.get(get(queue, Register.ECMDQ_CONS));
  }

  boolean enabled(int queue) {
    return EcmdqCons.ENACK.isSet(get(queue, Register.ECMDQ_CONS));
  }

  /** Whether an error is active (3.5.6.3). */
  boolean inError(int queue) {
    return EcmdqCons.ERR.isSet(get(queue, Register.ECMDQ_CONS))
        != EcmdqProd.ERRACK.isSet(get(queue, Register.ECMDQ_PROD));
  }

  long reason(int queue) {
    return EcmdqCons.ERR_REASON.get(get(queue, Register.ECMDQ_CONS));
  }

  /** Makes ERRACK equal to ERR. */
  void acknowledge(int queue) {
    long err = EcmdqCons.ERR.get(get(queue, Register.ECMDQ_CONS));
    set(queue, Register.ECMDQ_PROD, EcmdqProd.ERRACK.with(get(queue, Register.ECMDQ_PROD), err));
  }

  /** Whether GERROR.CMDQP_ERR is active. */
  boolean pageError() {
    return Gerror.CMDQP_ERR.isSet(rig.get(Register.GERROR) ^ rig.get(Register.GERRORN));
  }
}
