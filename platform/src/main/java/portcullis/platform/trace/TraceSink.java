package portcullis.platform.trace;

/**
 * Where events go. A reporter asks {@link #enabled} first, so that a run without a trace builds no
 * event.
 */
public interface TraceSink {

  /** A sink that wants nothing. */
  TraceSink NONE =
      new TraceSink() {
        @Override
        public boolean enabled() {
          return false;
        }

        @Override
        public void accept(TraceEvent event) {}
      };

  /** Whether anybody listens. */
  boolean enabled();

  /** Takes one event. */
  void accept(TraceEvent event);
}
