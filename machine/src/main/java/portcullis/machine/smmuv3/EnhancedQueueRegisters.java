package portcullis.machine.smmuv3;

import portcullis.arch.smmu.Gerror;
import portcullis.machine.smmuv3.registers.ControlPages;

/**
 * ECMDQ_BASE, PROD and CONS, which hold enable and error of their own; GERROR.CMDQP_ERR only tells
 * of the error (IHI 0070 3.5.6.2, 3.5.6.3).
 */
record EnhancedQueueRegisters(ControlPages pages, Interrupts interrupts)
    implements CommandQueueRegisters {
  @Override
  public boolean runs(int queue) {
    return pages.isEnabled(queue - FIRST_ENHANCED) && !pages.inError(queue - FIRST_ENHANCED);
  }

  @Override
  public long base(int queue) {
    return pages.base(queue - FIRST_ENHANCED);
  }

  @Override
  public long producer(int queue) {
    return pages.producer(queue - FIRST_ENHANCED);
  }

  @Override
  public long consumer(int queue) {
    return pages.consumer(queue - FIRST_ENHANCED);
  }

  @Override
  public void setConsumer(int queue, long index) {
    pages.setConsumer(queue - FIRST_ENHANCED, index);
  }

  @Override
  public void stop(int queue, int error) {
    pages.fail(queue - FIRST_ENHANCED, error);
    interrupts.globalError(Gerror.CMDQP_ERR);
  }
}
