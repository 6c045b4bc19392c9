package portcullis.machine;

import java.util.ArrayList;
import java.util.List;
import portcullis.platform.Clock;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;

/** What answers at which physical address: RAM, or a device's registers. */
final class SystemBus {
  private final Ram ram;
  private final TraceSink trace;
  private final Clock clock;
  private final AddressMap map = new AddressMap();

  /** In the order of {@link #map}. */
  private final List<MmioDevice> devices = new ArrayList<>();

  SystemBus(Ram ram, TraceSink trace, Clock clock) {
    this.ram = ram;
    this.trace = trace;
    this.clock = clock;
  }

  /**
   * Places a device; part of building the machine.
   *
   * @param base and {@code size}: multiples of 8
   * @throws IllegalArgumentException if RAM or another device answers there
   */
  void place(MmioDevice device, long base, long size) {
    if (ram.overlaps(base, size)) {
      throw new IllegalArgumentException(
          "%s at 0x%x+0x%x overlaps RAM".formatted(device.name(), base, size));
    }
    devices.add(map.add(base, size), device);
  }

  /** The bus as one initiator drives it, which is named in traces. */
  Bus drivenBy(String initiator) {
    return new View(initiator);
  }

  private final class View implements Bus {
    private final String initiator;

    View(String initiator) {
      this.initiator = initiator;
    }

    @Override
    public boolean responds(long pa) {
      return ram.contains(pa) || map.find(pa) != AddressMap.NONE;
    }

    @Override
    public long read(long pa, int bytes) {
      if (ram.contains(pa)) {
        return ram.read(pa, bytes);
      }
      int index = map.find(pa);
      if (index == AddressMap.NONE) {
        return -1L >>> (64 - bytes * 8);
      }
      int offset = (int) (pa - map.base(index));
      long value = devices.get(index).read(offset, bytes);
      report(devices.get(index), false, offset, bytes, value);
      return value;
    }

    @Override
    public MemoryHistory history() {
      return ram.history();
    }

    @Override
    public void write(long pa, int bytes, long value) {
      if (ram.contains(pa)) {
        ram.write(pa, bytes, value);
        return;
      }
      int index = map.find(pa);
      if (index != AddressMap.NONE) {
        int offset = (int) (pa - map.base(index));
        report(devices.get(index), true, offset, bytes, value);
        devices.get(index).write(offset, bytes, value);
      }
    }

    private void report(MmioDevice device, boolean write, int offset, int bytes, long value) {
      if (trace.enabled()) {
        trace.accept(
            new TraceEvent.Mmio(
                clock.nanos(), device.name(), initiator, write, offset, bytes, value));
      }
    }
  }
}
