package portcullis.qemu;

import portcullis.machine.CpuClock;
import portcullis.store.Cell;
import portcullis.store.Store;

/**
 * QEMU's virtual clock, which stands still but for {@code clock_step}. What the CPUs' own work
 * takes is owed to it until the next step, as telling it costs a round trip.
 */
final class QemuClock implements CpuClock {
  private final QtestClient qtest;
  private final Cell nanos;
  private final Cell owed;

  QemuClock(Store store, QtestClient qtest) {
    this.qtest = qtest;
    nanos = store.cell("clock.nanos");
    owed = store.cell("clock.owed_to_qemu");
  }

  @Override
  public long nanos() {
    return nanos.get();
  }

  @Override
  public void advance(long duration) {
    nanos.set(nanos.get() + duration);
    owed.set(owed.get() + duration);
  }

  /** Lets time pass, and QEMU's timers run. */
  @Override
  public void idle(long duration) {
    stepped(qtest.clockStep(step(duration)));
  }

  /** The step of QEMU's clock after which {@code duration} more will have passed. */
  long step(long duration) {
    return owed.get() + duration;
  }

  /** Takes the time from a {@code clock_step} by what {@link #step} said. */
  void stepped(long now) {
    nanos.set(now);
    owed.set(0);
  }
}
