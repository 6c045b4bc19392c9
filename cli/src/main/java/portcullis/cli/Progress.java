package portcullis.cli;

import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** How far a long job is: one line on a terminal, from two seconds on. */
final class Progress implements AutoCloseable {
  private static final long FIRST = TimeUnit.SECONDS.toNanos(2);
  private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(500);

  private final PrintWriter err;
  private final long total;
  private final String unit;

  /** There is no console where input or output is redirected (JDK 25's default provider). */
  @SuppressWarnings("SystemConsoleNull")
  private final boolean shown = System.console() != null && System.console().isTerminal();

  private final long start = System.nanoTime();
  private final AtomicLong next = new AtomicLong(FIRST);

  /** Of a job of {@code total} things, such as {@code cases}. */
  Progress(PrintWriter err, long total, String unit) {
    this.err = err;
    this.total = total;
    this.unit = unit;
  }

  /** Tells that {@code done} are done; for any thread. */
  void done(long done) {
    if (!shown) {
      return;
    }
    long passed = System.nanoTime() - start;
    long due = next.get();
    if (passed >= due && next.compareAndSet(due, passed + INTERVAL)) {
      long perSecond = done * TimeUnit.SECONDS.toNanos(1) / passed;
      err.print("\r%d of %d %s, %d a second ".formatted(done, total, unit, perSecond));
      err.flush();
    }
  }

  @Override
  public void close() {
    if (next.get() > FIRST) {
      err.print("\r\u001b[K");
      err.flush();
    }
  }
}
