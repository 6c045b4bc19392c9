package portcullis.machine;

/** A bus that tells of every access before it is made. */
final class WatchedBus implements Bus {
  private final Bus bus;
  private final String initiator;
  private final AccessWatch watch;

  WatchedBus(Bus bus, String initiator, AccessWatch watch) {
    this.bus = bus;
    this.initiator = initiator;
    this.watch = watch;
  }

  @Override
  public boolean responds(long pa) {
    return bus.responds(pa);
  }

  @Override
  public long read(long pa, int bytes) {
    watch.accessed(initiator, pa, false);
    return bus.read(pa, bytes);
  }

  @Override
  public MemoryHistory history() {
    return bus.history();
  }

  @Override
  public void write(long pa, int bytes, long value) {
    watch.accessed(initiator, pa, true);
    bus.write(pa, bytes, value);
  }
}
