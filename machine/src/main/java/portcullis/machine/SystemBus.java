package portcullis.machine;

import java.util.ArrayList;
import java.util.List;
import portcullis.platform.Clock;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;

/** What answers at which physical address: RAM, or a device's registers. */
final class SystemBus {
  private final Ram ram;
  private final Memory coherent;
  private final Memory uncached;
  private final TraceSink trace;
  private final Clock clock;
  private final AddressMap map = new AddressMap();

  /** In the order of {@link #map}. */
  private final List<MmioDevice> devices = new ArrayList<>();

  /** A bus on which every initiator sees RAM alike. */
  SystemBus(Ram ram, TraceSink trace, Clock clock) {
    this(ram, ram, ram, trace, clock);
  }

  /**
   * A bus above caches that some initiators do not snoop.
   *
   * @param coherent RAM as CPUs see it, and who snoops their caches
   * @param uncached RAM as the others see it
   */
  SystemBus(Ram ram, Memory coherent, Memory uncached, TraceSink trace, Clock clock) {
    this.ram = ram;
    this.coherent = coherent;
    this.uncached = uncached;
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

  /** The bus as one initiator drives it, which is named in traces, and is coherent. */
  Bus drivenBy(String initiator) {
    return new View(initiator, coherent);
  }

  /** The same for one that does not look into the CPUs' caches. */
  Bus drivenUncachedBy(String initiator) {
    return new View(initiator, uncached);
  }

  private final class View implements Bus {
    private final String initiator;
    private final Memory memory;

    View(String initiator, Memory memory) {
      this.initiator = initiator;
      this.memory = memory;
    }

    @Override
    public boolean responds(long pa) {
      if (memory.contains(pa)) {
        return true;
      }
      int index = map.find(pa);
      return index != AddressMap.NONE && devices.get(index).responds();
    }

    @Override
    public long read(long pa, int bytes) {
      if (memory.contains(pa)) {
        return memory.read(pa, bytes);
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
    public long readOr(long pa, long absent) {
      long word = memory.readOr(pa, absent);
      return word != absent ? word : Bus.super.readOr(pa, absent);
    }

    @Override
    public MemoryHistory history() {
      return memory.history();
    }

    @Override
    public void write(long pa, int bytes, long value) {
      if (memory.contains(pa)) {
        memory.write(pa, bytes, value);
        return;
      }
      int index = map.find(pa);
      if (index != AddressMap.NONE) {
        int offset = (int) (pa - map.base(index));
        report(devices.get(index), true, offset, bytes, value);
        devices.get(index).write(offset, bytes, value);
      }
    }

    @Override
    public boolean zeroAtOnce(long pa, long bytes) {
      return memory.zeroAtOnce(pa, bytes);
    }

    @Override
    public boolean moveAtOnce(long pa, byte[] data, int from, int count, boolean write) {
      return memory.moveAtOnce(pa, data, from, count, write);
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
