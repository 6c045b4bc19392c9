package portcullis.hyp.mem;

import portcullis.hyp.Status;

/**
 * Who else gives the host access to memory, beside the CPUs, and so has to follow the host's
 * stage-2 (series part 8): the IOMMUs. Called under the host stage-2's lock.
 */
public interface HostStage2Listener {

  /**
   * Makes sure that {@link #changed} with the same arguments cannot fail for lack of memory.
   *
   * @return OK or NO_MEMORY
   */
  Status reserve(long start, long end, HostMapping mapping);

  /**
   * The host's access to {@code [start, end)} changed. On OK for {@link HostMapping#NONE} no device
   * can reach the range any more.
   *
   * @return OK; anything else means that only some of it was done: the caller says how it shall be
   *     by another call
   */
  Status changed(long start, long end, HostMapping mapping);
}
