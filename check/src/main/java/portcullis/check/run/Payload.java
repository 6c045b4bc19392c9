package portcullis.check.run;

/**
 * What a device writes at the start of a page: what an answer by ATS and a page request are about,
 * the smallest granule; pages may be larger.
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
