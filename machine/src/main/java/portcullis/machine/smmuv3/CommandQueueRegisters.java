package portcullis.machine.smmuv3;

import portcullis.arch.smmu.CommandError;

/**
 * The registers of Command queues that have them in one place. Each queue has a number of its own
 * among all of an SMMU: {@link #ORDINARY}, then those of the Enhanced Command queues.
 */
interface CommandQueueRegisters {
  /** The queue of CMDQ_BASE, PROD and CONS. */
  int ORDINARY = 0;

  /** The first Enhanced Command queue. */
  int FIRST_ENHANCED = 1;

  /** Whether commands are consumed if there are any: it is enabled, and no error is active. */
  boolean runs(int queue);

  /** Its base register, as {@link portcullis.arch.smmu.QueueBase} has it. */
  long base(int queue);

  /** PROD.WR. */
  long producer(int queue);

  /** CONS.RD. */
  long consumer(int queue);

  /** Moves CONS.RD. */
  void setConsumer(int queue, long index);

  /**
   * Stops it at the command that CONS.RD names (IHI 0070 7.1, 3.5.6.3).
   *
   * @param error a {@link CommandError}
   */
  void stop(int queue, int error);
}
