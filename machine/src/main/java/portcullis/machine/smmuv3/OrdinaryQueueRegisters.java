package portcullis.machine.smmuv3;

import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CmdqProd;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Register;
import portcullis.machine.smmuv3.registers.RegisterFile;

/** CMDQ_BASE, PROD and CONS, with the enable in CR0 and the error in GERROR (IHI 0070 7.1). */
record OrdinaryQueueRegisters(RegisterFile registers, Interrupts interrupts)
    implements CommandQueueRegisters {
  @Override
  public boolean runs(int queue) {
    return Cr0.CMDQEN.isSet(registers.get(Register.CR0ACK)) && !interrupts.active(Gerror.CMDQ_ERR);
  }

  @Override
  public long base(int queue) {
    return registers.get(Register.CMDQ_BASE);
  }

  @Override
  public long producer(int queue) {
    return CmdqProd.WR.get(registers.get(Register.CMDQ_PROD));
  }

  @Override
  public long consumer(int queue) {
    return CmdqCons.RD.get(registers.get(Register.CMDQ_CONS));
  }

  @Override
  public void setConsumer(int queue, long index) {
    registers.set(Register.CMDQ_CONS, CmdqCons.RD.with(registers.get(Register.CMDQ_CONS), index));
  }

  @Override
  public void stop(int queue, int error) {
    registers.set(Register.CMDQ_CONS, CmdqCons.ERR.with(registers.get(Register.CMDQ_CONS), error));
    interrupts.globalError(Gerror.CMDQ_ERR);
  }
}
