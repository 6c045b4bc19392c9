package portcullis.machine;

/** A device's registers on the bus. */
public interface MmioDevice {

  /** For traces, such as {@code smmu0}. */
  String name();

  /** Whether it answers; if not, an access is an external abort. */
  default boolean responds() {
    return true;
  }

  /** The {@code bytes} (1, 2, 4 or 8), naturally aligned, at {@code offset}, zero-extended. */
  long read(int offset, int bytes);

  /** Writes {@code bytes} (1, 2, 4 or 8), naturally aligned, at {@code offset}. */
  void write(int offset, int bytes, long value);
}
