package portcullis.machine;

import portcullis.platform.Clock;

/** A machine's time, which passes only when its CPUs let it: no wall clock is ever read. */
public interface CpuClock extends Clock {

  /** Lets the time pass that a CPU's own work takes, in nanoseconds. */
  void advance(long duration);

  /** Lets time pass in which a CPU waits, and devices run, in nanoseconds. */
  void idle(long duration);
}
