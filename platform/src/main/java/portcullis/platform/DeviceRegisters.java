package portcullis.platform;

/**
 * Device registers by physical address, as EL2 reaches them through its own device mapping.
 * Accesses are naturally aligned, in program order, and each reaches the device exactly once with
 * the stated width.
 */
public interface DeviceRegisters {

  /** Reads the 32-bit register at {@code pa}, a multiple of 4. */
  int read32(long pa);

  /** Writes the 32-bit register at {@code pa}, a multiple of 4. */
  void write32(long pa, int value);

  /** Reads the 64-bit register at {@code pa}, a multiple of 8. */
  long read64(long pa);

  /** Writes the 64-bit register at {@code pa}, a multiple of 8. */
  void write64(long pa, long value);
}
