package portcullis.qemu;

import portcullis.machine.Bus;
import portcullis.platform.Clock;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;

/**
 * RAM and device registers by physical address, as one initiator, which traces name, drives them.
 */
final class QemuBus implements Bus {
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

  @Override
  public boolean responds(long pa) {
    return isRam(pa) || VirtMap.deviceAt(pa) != null;
  }

  private boolean isRam(long pa) {
    return ram.range().contains(pa);
  }

  @Override
  public long read(long pa, int bytes) {
    if (isRam(pa)) {
      return ram.read(pa, bytes);
    }
    VirtMap.Device device = VirtMap.deviceAt(pa);
    if (device == null) {
      return -1L >>> (Long.SIZE - bytes * Byte.SIZE);
    }
    long value = qtest.read(pa, bytes);
    report(device, false, pa, bytes, value);
    return value;
  }

  @Override
  public void write(long pa, int bytes, long value) {
    if (isRam(pa)) {
      ram.write(pa, bytes, value);
      return;
    }
    VirtMap.Device device = VirtMap.deviceAt(pa);
    if (device != null) {
      report(device, true, pa, bytes, value);
      qtest.write(pa, bytes, value);
    }
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
