package portcullis.hyp.smmuv3;

import java.util.ArrayList;
import java.util.List;
import portcullis.platform.Clock;
import portcullis.platform.CpuMmu;
import portcullis.platform.DeviceRegisters;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.Platform;
import portcullis.platform.WiredInterrupt;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;

/** EL2's platform over fake SMMUs; each pause takes a millisecond, unless a test says otherwise. */
final class FakePlatform implements Platform, DeviceRegisters, CpuMmu, TraceSink {
  final FakeMemory memory;

  /** What EL2 reads and writes through; null where everybody sees memory alike. */
  FakeCaches caches;

  final List<FakeSmmu> smmus = new ArrayList<>();
  final List<TraceEvent> events = new ArrayList<>();
  boolean traced;

  /** Bytes that were named by cache maintenance. */
  long cleaned;

  final List<WiredInterrupt> interrupts = new ArrayList<>();
  private long nanos;

  /** How long a pause takes. */
  long pauseNanos = 1_000_000;

  FakePlatform(FakeMemory memory) {
    this.memory = memory;
  }

  private FakeSmmu at(long pa) {
    for (FakeSmmu smmu : smmus) {
      if (pa >= smmu.base && pa < smmu.base + 0x10_0000) {
        return smmu;
      }
    }
    throw new IllegalArgumentException("no device at 0x" + Long.toHexString(pa));
  }

  @Override
  public PhysicalMemory memory() {
    return caches == null ? memory : caches;
  }

  @Override
  public DeviceRegisters devices() {
    return this;
  }

  @Override
  public Clock clock() {
    return () -> nanos;
  }

  @Override
  public CpuMmu cpuMmu() {
    return this;
  }

  @Override
  public TraceSink trace() {
    return this;
  }

  @Override
  public void barrier() {}

  @Override
  public void clean(long pa, long bytes) {
    cleaned += bytes;
    if (caches != null) {
      caches.clean(pa, bytes);
    }
  }

  @Override
  public void cleanAndInvalidate(long pa, long bytes) {
    cleaned += bytes;
    if (caches != null) {
      caches.cleanAndInvalidate(pa, bytes);
    }
  }

  @Override
  public void interruptHost(long registers, WiredInterrupt wire) {
    interrupts.add(wire);
  }

  @Override
  public void power(long registers, boolean on) {
    at(registers).power(on);
  }

  @Override
  public void pause() {
    nanos += pauseNanos;
  }

  @Override
  public int read32(long pa) {
    return (int) at(pa).read(pa - at(pa).base, 4);
  }

  @Override
  public void write32(long pa, int value) {
    at(pa).write(pa - at(pa).base, value & 0xffff_ffffL);
  }

  @Override
  public long read64(long pa) {
    return at(pa).read(pa - at(pa).base, 8);
  }

  @Override
  public void write64(long pa, long value) {
    at(pa).write(pa - at(pa).base, value);
  }

  @Override
  public void enableHostStage2(long vttbr, long vtcr) {}

  @Override
  public void invalidateHostStage2(long ipa, long bytes) {}

  @Override
  public boolean enabled() {
    return traced;
  }

  @Override
  public void accept(TraceEvent event) {
    events.add(event);
  }
}
