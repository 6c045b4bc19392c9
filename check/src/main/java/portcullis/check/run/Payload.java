package portcullis.check.run;

/**
 * What a device writes: as much as a page of the host's stage 1, which is also what an answer by
 * ATS and a page request are about; EL2's pages may be larger.
 */
final class Payload {
  static final int BYTES = 4096;

  private Payload() {}

  /** Data that differs for each {@code seed}. */
  static byte[] of(int seed) {
    byte[] data = new byte[BYTES];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) (31 * i + seed);
    }
    return data;
  }
}
