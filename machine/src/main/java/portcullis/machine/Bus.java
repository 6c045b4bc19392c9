package portcullis.machine;

/**
 * The system bus as a device sees it, below any SMMU: DMA, and an SMMU's own fetches and queue
 * accesses. Little-endian, naturally aligned, at most 8 bytes an access.
 */
public interface Bus {

  /** Whether RAM or a device answers at {@code pa}; where not, an access is an external abort. */
  boolean responds(long pa);

  /**
   * The {@code bytes} (1, 2, 4 or 8) at {@code pa}, zero-extended; all ones where nothing answers.
   */
  long read(long pa, int bytes);

  /** The 64 bits at {@code pa}, or {@code absent} where nothing answers. */
  default long readOr(long pa, long absent) {
    return responds(pa) ? read(pa, Long.BYTES) : absent;
  }

  /**
   * What memory held before, where the machine keeps that: for SMMUs whose caches are {@linkplain
   * portcullis.machine.smmuv3.profile.CacheKind#ARCHITECTURAL architectural}. Else null.
   */
  default MemoryHistory history() {
    return null;
  }

  /** Stores {@code bytes} (1, 2, 4 or 8) at {@code pa}; lost where nothing answers. */
  void write(long pa, int bytes, long value);

  /**
   * Zeroes a range of RAM at once, where that is the same as word by word.
   *
   * @param pa and {@code bytes}: multiples of 8
   * @return false if it is not: nothing has been done
   */
  default boolean zeroAtOnce(long pa, long bytes) {
    return false;
  }

  /**
   * Moves bytes to or from RAM at once, where that is the same as word by word.
   *
   * @param pa and {@code count}: multiples of 8
   * @param data gives or takes {@code count} bytes from index {@code from} on
   * @param write to memory, or else from it
   * @return false if it is not: nothing has been done
   */
  default boolean moveAtOnce(long pa, byte[] data, int from, int count, boolean write) {
    return false;
  }

  /**
   * Atomically stores {@code value} in the 64-bit word at {@code pa}, if that is {@code expected}.
   *
   * @return whether it was
   */
  default boolean compareAndSwap(long pa, long expected, long value) {
    if (read(pa, Long.BYTES) != expected) {
      return false;
    }
    write(pa, Long.BYTES, value);
    return true;
  }
}
