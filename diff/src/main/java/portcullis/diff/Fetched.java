package portcullis.diff;

import java.util.Arrays;
import portcullis.arch.Field;

/**
 * What an SMMU read from memory for one DMA, in order. The regions of {@link Window} tell STEs, CDs
 * and the descriptors of both stages apart.
 */
final class Fetched {
  private static final int WORDS = 8;

  private long[] addresses = new long[64];
  private long[] values = new long[64];
  private int count;

  void clear() {
    count = 0;
  }

  /** What was read so far, to be kept. */
  Fetched copy() {
    Fetched copy = new Fetched();
    copy.addresses = Arrays.copyOf(addresses, Math.max(1, count));
    copy.values = Arrays.copyOf(values, Math.max(1, count));
    copy.count = count;
    return copy;
  }

  void add(long address, long value) {
    if (count == addresses.length) {
      addresses = Arrays.copyOf(addresses, 2 * count);
      values = Arrays.copyOf(values, 2 * count);
    }
    addresses[count] = address;
    values[count] = value;
    count++;
  }

  /** How many words were read. */
  int count() {
    return count;
  }

  long address(int index) {
    return addresses[index];
  }

  long value(int index) {
    return values[index];
  }

  /** Address of a field's word in the STE; -1 if none was read. */
  long steWord(Field field) {
    return word(start(Window.STREAM_TABLE, Window.STREAM_TABLE_END), field);
  }

  /** Address of a field's word in the CD; -1 if none was read. */
  long cdWord(Field field) {
    return word(start(Window.CONTEXTS, Window.CONTEXTS_END), field);
  }

  private long word(int start, Field field) {
    return start < 0 ? -1 : addresses[start + field.word()];
  }

  /** Whether a whole STE was read. */
  boolean hasSte() {
    return start(Window.STREAM_TABLE, Window.STREAM_TABLE_END) >= 0;
  }

  /** Whether a whole CD was read. */
  boolean hasCd() {
    return start(Window.CONTEXTS, Window.CONTEXTS_END) >= 0;
  }

  /** How many words were read up to the end of the STE; all if none was read. */
  int afterSte() {
    return after(start(Window.STREAM_TABLE, Window.STREAM_TABLE_END));
  }

  /** How many words were read up to the end of the CD; all if none was read. */
  int afterCd() {
    return after(start(Window.CONTEXTS, Window.CONTEXTS_END));
  }

  private int after(int start) {
    return start < 0 ? count : start + WORDS;
  }

  /** A field of the STE, 0 if none was read. */
  long ste(Field field) {
    return field(start(Window.STREAM_TABLE, Window.STREAM_TABLE_END), field);
  }

  /** A field of the CD, 0 if none was read. */
  long cd(Field field) {
    return field(start(Window.CONTEXTS, Window.CONTEXTS_END), field);
  }

  /** An address field of the STE, 0 if none was read. */
  long steAddress(Field field) {
    return ste(field) << field.lsb();
  }

  /** An address field of the CD, 0 if none was read. */
  long cdAddress(Field field) {
    return cd(field) << field.lsb();
  }

  private long field(int start, Field field) {
    return start < 0 ? 0 : field.get(values[start + field.word()]);
  }

  /** The first of eight consecutive words in a region; -1 if there are none. */
  private int start(long from, long to) {
    for (int i = 0; i + WORDS <= count; i++) {
      if (addresses[i] >= from
          && addresses[i] < to
          && addresses[i] % (WORDS * Long.BYTES) == 0
          && addresses[i + WORDS - 1] == addresses[i] + (WORDS - 1) * Long.BYTES) {
        return i;
      }
    }
    return -1;
  }

  /** Index of the last word read from a region; -1 if none was. */
  int last(long from, long to) {
    for (int i = count - 1; i >= 0; i--) {
      if (addresses[i] >= from && addresses[i] < to) {
        return i;
      }
    }
    return -1;
  }

  /** Whether a word that {@code test} accepts was read from a region. */
  boolean any(long from, long to, Test test) {
    for (int i = 0; i < count; i++) {
      if (addresses[i] >= from && addresses[i] < to && test.accepts(addresses[i], values[i])) {
        return true;
      }
    }
    return false;
  }

  /** Accepts a word that was read. */
  @FunctionalInterface
  interface Test {
    boolean accepts(long address, long value);
  }
}
