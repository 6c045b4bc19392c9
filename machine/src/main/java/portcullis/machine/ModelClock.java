package portcullis.machine;

import portcullis.platform.Clock;
import portcullis.store.Cell;
import portcullis.store.Store;

/** Time, which passes only when somebody lets it: no wall clock is ever read. */
final class ModelClock implements Clock {
  private final Cell nanos;

  ModelClock(Store store) {
    nanos = store.cell("clock.nanos");
  }

  @Override
  public long nanos() {
    return nanos.get();
  }

  /** Lets time pass. */
  void advance(long duration) {
    nanos.set(nanos.get() + duration);
  }
}
