package portcullis.machine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Moves a device's bytes over the bus: at once where that makes no difference, else in the widest
 * naturally aligned accesses.
 */
final class BusTransfer {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private BusTransfer() {}

  /**
   * Moves {@code count} bytes between {@code pa} and {@code data} from index {@code from} on.
   *
   * @param write to memory, or else from it
   */
  static void move(Bus bus, long pa, byte[] data, int from, int count, boolean write) {
    int head = (int) Math.min(count, -pa & (Long.BYTES - 1));
    int end = head + ((count - head) & -Long.BYTES);
    moveNarrow(bus, pa, data, from, head, write);
    if (end > head && !bus.moveAtOnce(pa + head, data, from + head, end - head, write)) {
      moveWords(bus, pa + head, data, from + head, end - head, write);
    }
    moveNarrow(bus, pa + end, data, from + end, count - end, write);
  }

  private static void moveWords(Bus bus, long pa, byte[] data, int from, int count, boolean write) {
    for (int done = 0; done < count; done += Long.BYTES) {
      if (write) {
        bus.write(pa + done, Long.BYTES, (long) WORD.get(data, from + done));
      } else {
        WORD.set(data, from + done, bus.read(pa + done, Long.BYTES));
      }
    }
  }

  /** Less than 8 bytes, within 8 that are aligned. */
  private static void moveNarrow(
      Bus bus, long pa, byte[] data, int from, int count, boolean write) {
    int done = 0;
    while (done < count) {
      int aligned = 1 << Math.min(2, Long.numberOfTrailingZeros(pa + done));
      int width = Math.min(aligned, Integer.highestOneBit(count - done));
      if (write) {
        long value = 0;
        for (int i = width - 1; i >= 0; i--) {
          value = (value << Byte.SIZE) | (data[from + done + i] & 0xff);
        }
        bus.write(pa + done, width, value);
      } else {
        long value = bus.read(pa + done, width);
        for (int i = 0; i < width; i++) {
          data[from + done + i] = (byte) (value >>> (Byte.SIZE * i));
        }
      }
      done += width;
    }
  }
}
