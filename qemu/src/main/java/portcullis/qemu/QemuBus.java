package portcullis.qemu;

import portcullis.platform.Clock;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;

/**
 * RAM and device registers by physical address, as one initiator, which traces name, drives them.
 */
final class QemuBus {
  private final GuestRam ram;
  private final QtestClient qtest;
  private final Clock clock;
  private final TraceSink trace;
  private final String initiator;

  QemuBus(GuestRam ram, QtestClient qtest, Clock clock, TraceSink trace, String initiator) {
    this.ram = ram;
    this.qtest = qtest;
    this.clock = clock;
    this.trace = trace;
    this.initiator = initiator;
  }

  /** Whether RAM or a device answers at {@code pa}. */
  boolean responds(long pa) {
    return ram.range().contains(pa) || VirtMap.deviceAt(pa) != null;
  }

  /** Whether {@code pa} is in RAM. */
  boolean isRam(long pa) {
    return ram.range().contains(pa);
  }

  /**
   * Reads {@code bytes} (1, 2, 4 or 8), naturally aligned, zero-extended.
   *
   * @throws IllegalArgumentException if nothing answers there
   */
  long read(long pa, int bytes) {
    if (isRam(pa)) {
      return ram.read(pa, bytes);
    }
    VirtMap.Device device = device(pa);
    long value = qtest.read(pa, bytes);
    report(device, false, pa, bytes, value);
    return value;
  }

  /**
   * Writes {@code bytes} (1, 2, 4 or 8), naturally aligned.
   *
   * @throws IllegalArgumentException if nothing answers there
   */
  void write(long pa, int bytes, long value) {
    if (isRam(pa)) {
      ram.write(pa, bytes, value);
      return;
    }
    VirtMap.Device device = device(pa);
    report(device, true, pa, bytes, value);
    qtest.write(pa, bytes, value);
  }

  private static VirtMap.Device device(long pa) {
    VirtMap.Device device = VirtMap.deviceAt(pa);
    if (device == null) {
      throw new IllegalArgumentException("nothing answers at 0x%x".formatted(pa));
    }
    return device;
  }

  private void report(VirtMap.Device device, boolean write, long pa, int bytes, long value) {
    if (trace.enabled()) {
      trace.accept(
          new TraceEvent.Mmio(
              clock.nanos(),
              device.name(),
              initiator,
              write,
              pa - device.range().base(),
              bytes,
              value));
    }
  }
}
