package portcullis.diff;

import portcullis.machine.Bus;
import portcullis.qemu.VirtMap;
import portcullis.store.PagedWords;
import portcullis.store.Store;

/**
 * The model's RAM, with the data region filled; its words are the store's, so that undo empties it.
 */
final class ModelMemory implements Bus {
  private final PagedWords words;
  private boolean strayed;

  ModelMemory(Store store) {
    words = store.paged("memory", Window.RAM_BYTES / Long.BYTES);
    for (long at = Window.DATA; at < Window.DATA + Window.DATA_BYTES; at += Integer.BYTES) {
      write(at, Integer.BYTES, Window.datum(at));
    }
  }

  /** Whether an access since the last call went where QEMU has a device. */
  boolean takeStrayed() {
    boolean before = strayed;
    strayed = false;
    return before;
  }

  /** Notes such an access, as {@link #takeStrayed} tells. */
  void stray() {
    strayed = true;
  }

  @Override
  public boolean responds(long pa) {
    if (Window.ram(pa)) {
      return true;
    }
    strayed |= Window.device(pa);
    return false;
  }

  @Override
  public long read(long pa, int bytes) {
    if (!responds(pa)) {
      return -1L >>> (Long.SIZE - bytes * Byte.SIZE);
    }
    long word = words.get(index(pa));
    return bytes == Long.BYTES ? word : word >>> shift(pa) & mask(bytes);
  }

  @Override
  public void write(long pa, int bytes, long value) {
    if (!responds(pa)) {
      return;
    }
    if (bytes == Long.BYTES) {
      words.set(index(pa), value);
    } else {
      long mask = mask(bytes) << shift(pa);
      words.set(index(pa), (words.get(index(pa)) & ~mask) | (value << shift(pa) & mask));
    }
  }

  private static long index(long pa) {
    return (pa - VirtMap.RAM_BASE) >>> 3;
  }

  private static int shift(long pa) {
    return (int) (pa & 7) * Byte.SIZE;
  }

  private static long mask(int bytes) {
    return (1L << (bytes * Byte.SIZE)) - 1;
  }
}
