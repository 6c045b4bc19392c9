package portcullis.qemu;

import portcullis.platform.Clock;
import portcullis.store.Cell;
import portcullis.store.Store;

/**
 * QEMU's virtual clock, which stands still but for {@code clock_step}: EL2, the host and QEMU's
 * timers share one time, and the same run has the same times.
 */
final class QemuClock implements Clock {
  private final QtestClient qtest;
  private final Cell nanos;

  QemuClock(Store store, QtestClient qtest) {
    this.qtest = qtest;
    nanos = store.cell("clock.nanos");
  }

  @Override
  public long nanos() {
    return nanos.get();
  }

  /** Lets time pass, and QEMU's timers run. */
  void advance(long duration) {
    nanos.set(qtest.clockStep(duration));
  }

  /** Takes the time from a {@code clock_step} that was sent in a batch. */
  void set(long now) {
    nanos.set(now);
  }
}
