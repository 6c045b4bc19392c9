package portcullis.machine;

import java.util.Map;
import java.util.TreeMap;
import portcullis.platform.Clock;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;

/** What answers at which physical address: RAM, or a device's registers. */
final class SystemBus {
  private record Placed(MmioDevice device, long base, long size) {}

  private final Ram ram;
  private final TraceSink trace;
  private final Clock clock;
  private final TreeMap<Long, Placed> devices = new TreeMap<>();

  SystemBus(Ram ram, TraceSink trace, Clock clock) {
    this.ram = ram;
    this.trace = trace;
    this.clock = clock;
  }

  /** Places a device; part of building the machine. */
  void place(MmioDevice device, long base, long size) {
    devices.put(base, new Placed(device, base, size));
  }

  /** The bus as one initiator drives it, which is named in traces. */
  Bus drivenBy(String initiator) {
    return new View(initiator);
  }

  private Placed deviceAt(long pa) {
    Map.Entry<Long, Placed> below = devices.floorEntry(pa);
    return below != null && pa - below.getValue().base() < below.getValue().size()
        ? below.getValue()
        : null;
  }

  private final class View implements Bus {
    private final String initiator;

    View(String initiator) {
      this.initiator = initiator;
    }

    @Override
    public boolean responds(long pa) {
      return ram.contains(pa) || deviceAt(pa) != null;
    }

    @Override
    public long read(long pa, int bytes) {
      if (ram.contains(pa)) {
        return ram.read(pa, bytes);
      }
      Placed placed = deviceAt(pa);
      if (placed == null) {
        return -1L >>> (64 - bytes * 8);
      }
      int offset = (int) (pa - placed.base());
      long value = placed.device().read(offset, bytes);
      report(placed, false, offset, bytes, value);
      return value;
    }

    @Override
    public void write(long pa, int bytes, long value) {
      if (ram.contains(pa)) {
        ram.write(pa, bytes, value);
        return;
      }
      Placed placed = deviceAt(pa);
      if (placed != null) {
        int offset = (int) (pa - placed.base());
        report(placed, true, offset, bytes, value);
        placed.device().write(offset, bytes, value);
      }
    }

    private void report(Placed placed, boolean write, int offset, int bytes, long value) {
      if (trace.enabled()) {
        trace.accept(
            new TraceEvent.Mmio(
                clock.nanos(), placed.device().name(), initiator, write, offset, bytes, value));
      }
    }
  }
}
