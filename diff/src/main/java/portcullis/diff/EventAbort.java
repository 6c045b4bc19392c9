package portcullis.diff;

import portcullis.arch.smmu.Gerror;
import portcullis.store.Flag;
import portcullis.store.Store;

/**
 * {@code EVENTQ_ABT_ERR} as software sees it in GERROR and GERRORN: the model's own, and that of
 * events that did not fit where the model follows QEMU, which raises it for them but goes on to
 * record events (IHI 0070 7.2, 7.4).
 */
final class EventAbort {
  private static final long MASK = Gerror.EVENTQ_ABT_ERR.mask();

  private final Flag error;
  private final Flag acknowledged;

  EventAbort(Store store) {
    error = store.flag("error");
    acknowledged = store.flag("acknowledged");
  }

  /** GERROR; {@code own} is the model's. */
  long gerror(long own) {
    return (own & ~MASK) | (error.get() ? MASK : 0);
  }

  /** GERRORN; {@code own} is the model's. */
  long gerrorn(long own) {
    return (own & ~MASK) | (acknowledged.get() ? MASK : 0);
  }

  /** Raises the error; false if it is raised already. */
  boolean raise() {
    if (error.get() != acknowledged.get()) {
      return false;
    }
    error.set(!error.get());
    return true;
  }

  /**
   * Software writes GERRORN.
   *
   * @param gerror the model's
   * @return what the model gets: what acknowledges the one error acknowledges the other
   */
  long acknowledge(long value, long gerror) {
    acknowledged.set((value & MASK) != 0);
    return value ^ ((gerror(gerror) ^ gerror) & MASK);
  }
}
