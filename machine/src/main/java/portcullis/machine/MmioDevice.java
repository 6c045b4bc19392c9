package portcullis.machine;

/** A device's registers on the bus. */
interface MmioDevice {

  /** For traces, such as {@code smmu0}. */
  String name();

  /** Reads {@code bytes} (1, 2, 4 or 8), naturally aligned, at {@code offset}. */
  long read(int offset, int bytes);

  /** Writes {@code bytes} (1, 2, 4 or 8), naturally aligned, at {@code offset}. */
  void write(int offset, int bytes, long value);
}
