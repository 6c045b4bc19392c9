package portcullis.hyp.smmuv3;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;
import portcullis.platform.PhysicalMemory;

/** RAM that complains about everything that is none. */
final class FakeMemory implements PhysicalMemory {
  private final Map<Long, Long> words = new HashMap<>();
  private final long base;
  private final long end;

  /** Called with each address written. */
  LongConsumer onWrite = address -> {};

  /** Called with each address read as 64 bits. */
  LongConsumer onRead = address -> {};

  FakeMemory(long base, long end) {
    this.base = base;
    this.end = end;
  }

  @Override
  public long read64(long address) {
    check(address, 8);
    onRead.accept(address);
    return words.getOrDefault(address, 0L);
  }

  @Override
  public void write64(long address, long value) {
    check(address, 8);
    if (value == 0) {
      words.remove(address);
    } else {
      words.put(address, value);
    }
    onWrite.accept(address);
  }

  @Override
  public int read32(long address) {
    check(address, 4);
    long word = read64(address & -8);
    return (int) ((address & 4) == 0 ? word : word >>> 32);
  }

  @Override
  public void write32(long address, int value) {
    check(address, 4);
    long word = read64(address & -8);
    boolean low = (address & 4) == 0;
    write64(
        address & -8,
        low
            ? (word & ~0xffff_ffffL) | (value & 0xffff_ffffL)
            : (word & 0xffff_ffffL) | ((long) value << 32));
  }

  private void check(long address, int bytes) {
    if (address < base || address + bytes > end || address % bytes != 0) {
      throw new IllegalArgumentException("no memory at 0x" + Long.toHexString(address));
    }
  }
}
