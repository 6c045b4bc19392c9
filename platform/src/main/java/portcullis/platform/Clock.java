package portcullis.platform;

/** EL2's own monotonic clock: the host can neither set nor stop it. */
@FunctionalInterface
public interface Clock {

  /** Nanoseconds since an arbitrary start; never decreases. */
  long nanos();
}
