package portcullis.machine;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What a piece of work allocates, once it is warm. */
public final class Allocation {
  private static final int ROUNDS = 5;

  private Allocation() {}

  /**
   * The least that {@code work} allocated, in bytes, in one of several whole rounds: the JVM itself
   * charges a thread with something now and then, as when it compiles what the thread runs, but
   * what the work allocates, it allocates in each round.
   */
  public static long of(Runnable work) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      work.run();
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    return least;
  }
}
