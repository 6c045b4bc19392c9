package portcullis.qemu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import portcullis.platform.PhysicalMemory;
import portcullis.platform.boot.MemoryRange;

/**
 * The machine's RAM, mapped by QEMU and by this process.
 *
 * <p>An aligned access is single-copy atomic. QEMU's devices act in qtest commands only, and see
 * there whatever was written before.
 */
public final class GuestRam implements PhysicalMemory {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
  private static final VarHandle LONG =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

  private final MemorySegment segment;
  private final MemoryRange range;

  GuestRam(MemorySegment segment) {
    this.segment = segment;
    range = new MemoryRange(VirtMap.RAM_BASE, segment.byteSize());
  }

  /** Where it lies. */
  public MemoryRange range() {
    return range;
  }

  @Override
  public long read64(long address) {
    return (long) LONG.getOpaque(segment, offset(address, Long.BYTES));
  }

  @Override
  public void write64(long address, long value) {
    LONG.setOpaque(segment, offset(address, Long.BYTES), value);
  }

  @Override
  public int read32(long address) {
    return (int) INT.getOpaque(segment, offset(address, Integer.BYTES));
  }

  @Override
  public void write32(long address, int value) {
    INT.setOpaque(segment, offset(address, Integer.BYTES), value);
  }

  @Override
  public void zero(long address, long bytes) {
    segment.asSlice(offset(address, bytes), bytes).fill((byte) 0);
  }

  /** Copies what lies from {@code address} on; not in one piece for whoever writes meanwhile. */
  public void read(long address, byte[] into) {
    MemorySegment.copy(
        segment, ValueLayout.JAVA_BYTE, offset(address, into.length), into, 0, into.length);
  }

  /** Stores bytes from {@code address} on; not in one piece for whoever reads meanwhile. */
  public void write(long address, byte[] from) {
    MemorySegment.copy(
        from, 0, segment, ValueLayout.JAVA_BYTE, offset(address, from.length), from.length);
  }

  /** The {@code bytes} (1, 2, 4 or 8) at {@code address}, naturally aligned, zero-extended. */
  long read(long address, int bytes) {
    return switch (bytes) {
      case 1 -> Byte.toUnsignedLong(segment.get(ValueLayout.JAVA_BYTE, offset(address, bytes)));
      case 2 -> Short.toUnsignedLong(segment.get(SHORT, offset(address, bytes)));
      case 4 -> Integer.toUnsignedLong(read32(address));
      case 8 -> read64(address);
      default -> throw new IllegalArgumentException("no access of " + bytes + " bytes");
    };
  }

  /** Stores {@code bytes} (1, 2, 4 or 8) at {@code address}, naturally aligned. */
  void write(long address, int bytes, long value) {
    switch (bytes) {
      case 1 -> segment.set(ValueLayout.JAVA_BYTE, offset(address, bytes), (byte) value);
      case 2 -> segment.set(SHORT, offset(address, bytes), (short) value);
      case 4 -> write32(address, (int) value);
      case 8 -> write64(address, value);
      default -> throw new IllegalArgumentException("no access of " + bytes + " bytes");
    }
  }

  private long offset(long address, long bytes) {
    if (!range.contains(address, bytes)) {
      throw new IllegalArgumentException("0x%x+0x%x is not RAM".formatted(address, bytes));
    }
    return address - range.base();
  }
}
