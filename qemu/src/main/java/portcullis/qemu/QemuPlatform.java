package portcullis.qemu;

import java.lang.invoke.VarHandle;
import portcullis.platform.Clock;
import portcullis.platform.CpuMmu;
import portcullis.platform.DeviceRegisters;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.Platform;
import portcullis.platform.trace.TraceSink;

/**
 * QEMU's machine as EL2 touches it. QEMU does what a register access sets off before the access
 * returns; its devices see memory as this process does, so there is nothing to clean.
 */
final class QemuPlatform implements Platform {
  /** How much time one step of a poll takes: about a read of a device register. */
  static final long PAUSE_NANOS = 500;

  private final GuestRam ram;
  private final QemuBus bus;
  private final QemuClock clock;
  private final CpuMmu cpuMmu;
  private final TraceSink trace;

  QemuPlatform(GuestRam ram, QemuBus bus, QemuClock clock, CpuMmu cpuMmu, TraceSink trace) {
    this.ram = ram;
    this.bus = bus;
    this.clock = clock;
    this.cpuMmu = cpuMmu;
    this.trace = trace;
  }

  @Override
  public PhysicalMemory memory() {
    return ram;
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
  public void barrier() {
    VarHandle.fullFence();
  }

  @Override
  public void clean(long pa, long bytes) {}

  @Override
  public void pause() {
    clock.advance(PAUSE_NANOS);
  }

  private final DeviceRegisters registers =
      new DeviceRegisters() {
        @Override
        public int read32(long pa) {
          return (int) bus.read(pa, Integer.BYTES);
        }

        @Override
        public void write32(long pa, int value) {
          bus.write(pa, Integer.BYTES, Integer.toUnsignedLong(value));
        }

        @Override
        public long read64(long pa) {
          return bus.read(pa, Long.BYTES);
        }

        @Override
        public void write64(long pa, long value) {
          bus.write(pa, Long.BYTES, value);
        }
      };
}
