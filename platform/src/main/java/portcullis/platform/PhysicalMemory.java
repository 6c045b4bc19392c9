package portcullis.platform;

/**
 * Memory as its reader addresses it: physical addresses for EL2, intermediate physical addresses
 * for the host.
 *
 * <p>All accesses are little-endian and naturally aligned; an aligned 64-bit access is single-copy
 * atomic. The caller checks first that an address is memory: an access to anything else is a defect
 * at EL2 ({@link IllegalArgumentException}) and an abort at EL1 ({@link HostAbort}).
 */
public interface PhysicalMemory {

  /** The 64 bits at {@code address}, a multiple of 8. */
  long read64(long address);

  /** Stores 64 bits at {@code address}, a multiple of 8. */
  void write64(long address, long value);

  /** The 32 bits at {@code address}, a multiple of 4. */
  int read32(long address);

  /** Stores 32 bits at {@code address}, a multiple of 4. */
  void write32(long address, int value);

  /** Zeroes {@code bytes} bytes from {@code address}, both multiples of 8. */
  default void zero(long address, long bytes) {
    for (long offset = 0; offset < bytes; offset += 8) {
      write64(address + offset, 0);
    }
  }
}
