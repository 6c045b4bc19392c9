package portcullis.store;

/**
 * The layout of a saved store. Everything is little-endian and unsigned unless said otherwise:
 *
 * <pre>
 * header        64  MAGIC
 *               32  VERSION
 *               32  number of declarations
 * declaration    8  kind, see {@link Kind#code}
 *               16  bytes in the name
 *               64  length in words
 *                   the name, UTF-8
 * contents          for each declaration in order: runs of words, the last one empty
 * run           64  index of the first word; above the last index of the run before
 *               64  number of words
 *                   the words, 64 bits each
 * footer        64  fingerprint of the contents
 *               64  CRC-32C of every byte before, zero-extended
 * </pre>
 *
 * <p>A run holds no zero word, so that equal contents give equal files; the empty run has index 0.
 */
final class StoreFormat {
  /** "PTCSTORE" as the file's first bytes. */
  static final long MAGIC = 0x4552_4f54_5343_5450L;

  static final int VERSION = 1;

  /** Bytes that reader and writer hold at a time. */
  static final int BUFFER_BYTES = 1 << 16;

  private StoreFormat() {}
}
