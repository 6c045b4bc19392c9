package portcullis.hyp.smmuv3;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import portcullis.platform.PhysicalMemory;

/**
 * Caches of single words, so that maintenance reaches exactly what it names: a word that EL2 has
 * read or written stays until it is invalidated, and memory has it only once it is cleaned.
 */
final class FakeCaches implements PhysicalMemory {
  private final FakeMemory memory;
  private final Map<Long, Long> words = new HashMap<>();
  private final Set<Long> dirty = new HashSet<>();

  /** Is shown each word before it is written: it may reach memory from this moment on. */
  Watch onWrite = (address, value) -> {};

  /** Takes a write. */
  @FunctionalInterface
  interface Watch {
    void write(long address, long value);
  }

  FakeCaches(FakeMemory memory) {
    this.memory = memory;
  }

  /** Whether memory lacks a word of the range. */
  boolean isDirty(long address, long bytes) {
    for (long at = address; at < address + bytes; at += 8) {
      if (dirty.contains(at)) {
        return true;
      }
    }
    return false;
  }

  void clean(long address, long bytes) {
    for (long at = address & -8; at < address + bytes; at += 8) {
      if (dirty.remove(at)) {
        memory.write64(at, words.get(at));
      }
    }
  }

  void cleanAndInvalidate(long address, long bytes) {
    clean(address, bytes);
    for (long at = address & -8; at < address + bytes; at += 8) {
      words.remove(at);
    }
  }

  @Override
  public long read64(long address) {
    return words.computeIfAbsent(address, memory::read64);
  }

  @Override
  public void write64(long address, long value) {
    onWrite.write(address, value);
    words.put(address, value);
    dirty.add(address);
  }

  @Override
  public int read32(long address) {
    long word = read64(address & -8);
    return (int) ((address & 4) == 0 ? word : word >>> 32);
  }

  @Override
  public void write32(long address, int value) {
    throw new UnsupportedOperationException("EL2 writes whole words");
  }
}
