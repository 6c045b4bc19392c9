package portcullis.machine;

import portcullis.store.Cell;
import portcullis.store.Store;

/** The model's time: its devices do all they have to do at once, so waiting changes nothing. */
final class ModelClock implements CpuClock {
  private final Cell nanos;

  ModelClock(Store store) {
    nanos = store.cell("clock.nanos");
  }

  @Override
  public long nanos() {
    return nanos.get();
  }

  @Override
  public void advance(long duration) {
    nanos.set(nanos.get() + duration);
  }

  @Override
  public void idle(long duration) {
    advance(duration);
  }
}
