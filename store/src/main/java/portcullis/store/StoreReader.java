package portcullis.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/** Streams a file into a store, see {@link StoreFormat}. Trusts nothing that it reads. */
final class StoreReader {
  private final Path file;
  private final FileChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(StoreFormat.BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
  private final CRC32C checksum = new CRC32C();

  /** Offset in the file of the buffer's first byte. */
  private long bufferOffset;

  private StoreReader(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Fills {@code store} from {@code file}.
   *
   * @param store declared as expected, all zero, its own only user; spoilt when this throws
   */
  static void load(Store store, Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      new StoreReader(file, channel).read(store);
    }
  }

  private void read(Store store) throws IOException {
    expect("the magic number of a saved store", StoreFormat.MAGIC);
    expectInt("the format version", StoreFormat.VERSION);
    expectInt("the number of declarations", store.variables().size());
    for (Variable variable : store.variables()) {
      expectDeclaration(variable);
    }
    for (Variable variable : store.variables()) {
      readContents(variable);
    }
    expect("the fingerprint of the contents", store.fingerprint());
    expect("the checksum", checksumSoFar());
    if (fill(1)) {
      throw wrong(offset(), "expected the end of the file");
    }
  }

  private void expectDeclaration(Variable variable) throws IOException {
    long start = offset();
    need(Byte.BYTES + Short.BYTES, "a declaration");
    int code = Byte.toUnsignedInt(buffer.get());
    byte[] name = new byte[Short.toUnsignedInt(buffer.getShort())];
    long words = getLong("a declaration's length");
    need(name.length, "a declaration's name");
    buffer.get(name);
    String found =
        Kind.of(code)
            .map(kind -> Variable.declaration(kind, new String(name, UTF_8), words))
            .orElse("a declaration of unknown kind " + code);
    if (!found.equals(variable.declaration())) {
      throw wrong(start, "expected " + variable.declaration() + ", found " + found);
    }
  }

  private void readContents(Variable variable) throws IOException {
    long next = 0;
    while (true) {
      long start = offset();
      long first = getLong("a run's index");
      long count = getLong("a run's length");
      if (count == 0) {
        if (first != 0) {
          throw wrong(start, "expected index 0 in the empty run, found " + first);
        }
        return;
      }
      if (first < next || first >= variable.words()) {
        throw wrong(start, "expected an index" + range(next, variable) + ", found " + first);
      }
      if (count < 0 || count > variable.words() - first) {
        throw wrong(
            start, "expected a run" + range(first, variable) + ", found " + count + " words");
      }
      readRun(variable, first, count);
      next = first + count;
    }
  }

  private static String range(long first, Variable variable) {
    return " from " + first + " below the end of " + variable.declaration();
  }

  private void readRun(Variable variable, long first, long count) throws IOException {
    long index = first;
    while (index < first + count) {
      need(Long.BYTES, "a word");
      long ready = Math.min(first + count - index, buffer.remaining() / Long.BYTES);
      for (long end = index + ready; index < end; index++) {
        long word = buffer.getLong();
        if (word == 0 || (variable.kind() == Kind.FLAG && word != 1)) {
          throw wrong(
              offset() - Long.BYTES,
              "expected a word of " + variable.declaration() + " that can be set, found " + word);
        }
        variable.put(index, word);
      }
    }
  }

  private void expect(String what, long expected) throws IOException {
    long found = getLong(what);
    if (found != expected) {
      throw mismatch(Long.BYTES, what, expected, found);
    }
  }

  private void expectInt(String what, int expected) throws IOException {
    need(Integer.BYTES, what);
    int found = buffer.getInt();
    if (found != expected) {
      throw mismatch(
          Integer.BYTES, what, Integer.toUnsignedLong(expected), Integer.toUnsignedLong(found));
    }
  }

  private StoreFormatException mismatch(int bytes, String what, long expected, long found) {
    return wrong(
        offset() - bytes, "expected 0x%x as %s, found 0x%x".formatted(expected, what, found));
  }

  private long getLong(String what) throws IOException {
    need(Long.BYTES, what);
    return buffer.getLong();
  }

  private void need(int bytes, String what) throws IOException {
    if (!fill(bytes)) {
      throw wrong(
          offset() + buffer.remaining(), "expected " + what + ", found the end of the file");
    }
  }

  /**
   * Reads on until {@code bytes} are in the buffer, at most its capacity.
   *
   * @return whether the file has that many
   */
  private boolean fill(int bytes) throws IOException {
    if (buffer.remaining() >= bytes) {
      return true;
    }
    checksumConsumed();
    buffer.compact();
    int read = 0;
    while (read >= 0 && buffer.position() < bytes) {
      read = channel.read(buffer);
    }
    buffer.flip();
    return buffer.remaining() >= bytes;
  }

  /** The checksum of every byte that was taken out of the buffer. */
  private long checksumSoFar() {
    checksumConsumed();
    buffer.compact().flip();
    return checksum.getValue();
  }

  /** Takes what is about to leave the buffer into checksum and offset. */
  private void checksumConsumed() {
    checksum.update(buffer.duplicate().flip());
    bufferOffset += buffer.position();
  }

  private long offset() {
    return bufferOffset + buffer.position();
  }

  private StoreFormatException wrong(long offset, String expected) {
    return new StoreFormatException(file, offset, expected);
  }
}
