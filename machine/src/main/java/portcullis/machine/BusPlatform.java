package portcullis.machine;

import portcullis.platform.Clock;
import portcullis.platform.CpuMmu;
import portcullis.platform.DeviceRegisters;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.Platform;
import portcullis.platform.WiredInterrupt;
import portcullis.platform.trace.TraceSink;

/**
 * A machine as EL2 touches it over a bus. Accesses happen in program order, so barriers have
 * nothing to do here.
 */
final class BusPlatform implements Platform {
  /** How much time one step of a poll takes: about a read of a device register. */
  static final long PAUSE_NANOS = 500;

  private final PhysicalMemory memory;
  private final Bus bus;
  private final CpuClock clock;
  private final CpuMmu cpuMmu;
  private final TraceSink trace;
  private final HostWires wires;
  private final CacheMaintenance caches;
  private final PowerSwitch powerSwitch;

  BusPlatform(
      PhysicalMemory memory,
      Bus bus,
      CacheMaintenance caches,
      CpuClock clock,
      CpuMmu cpuMmu,
      HostWires wires,
      PowerSwitch powerSwitch,
      TraceSink trace) {
    this.wires = wires;
    this.caches = caches;
    this.powerSwitch = powerSwitch;
    this.memory = memory;
    this.bus = bus;
    this.clock = clock;
    this.cpuMmu = cpuMmu;
    this.trace = trace;
  }

  @Override
  public PhysicalMemory memory() {
    return memory;
  }

  @Override
  public DeviceRegisters devices() {
    return registers;
  }

  @Override
  public Clock clock() {
    return clock;
  }

  @Override
  public CpuMmu cpuMmu() {
    return cpuMmu;
  }

  @Override
  public TraceSink trace() {
    return trace;
  }

  @Override
  public void barrier() {}

  @Override
  public void clean(long pa, long bytes) {
    caches.clean(pa, bytes);
  }

  @Override
  public void cleanAndInvalidate(long pa, long bytes) {
    caches.cleanAndInvalidate(pa, bytes);
  }

  @Override
  public void interruptHost(long registers, WiredInterrupt wire) {
    wires.raise(registers, wire);
  }

  @Override
  public void power(long registers, boolean on) {
    powerSwitch.power(registers, on);
  }

  @Override
  public void pause() {
    clock.idle(PAUSE_NANOS);
  }

  private final DeviceRegisters registers =
      new DeviceRegisters() {
        @Override
        public int read32(long pa) {
          return (int) bus.read(pa, 4);
        }

        @Override
        public void write32(long pa, int value) {
          bus.write(pa, 4, Integer.toUnsignedLong(value));
        }

        @Override
        public long read64(long pa) {
          return bus.read(pa, 8);
        }

        @Override
        public void write64(long pa, long value) {
          bus.write(pa, 8, value);
        }
      };
}
