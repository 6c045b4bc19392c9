package portcullis.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/** Streams a store into a file, see {@link StoreFormat}. */
final class StoreWriter {
  private final FileChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(StoreFormat.BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final CRC32C checksum = new CRC32C();

  private StoreWriter(FileChannel channel) {
    this.channel = channel;
  }

  static void save(Store store, Path file) throws IOException {
    Path target = file.toAbsolutePath();
    Path temporary = Files.createTempFile(target.getParent(), target.getFileName() + ".", ".tmp");
    try {
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        new StoreWriter(channel).write(store);
        channel.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private void write(Store store) throws IOException {
    putLong(StoreFormat.MAGIC);
    putInt(StoreFormat.VERSION);
    putInt(store.variables().size());
    for (Variable variable : store.variables()) {
      putDeclaration(variable);
    }
    for (Variable variable : store.variables()) {
      putContents(variable);
    }
    putLong(store.fingerprint());
    flush();
    putLong(checksum.getValue());
    flush();
  }

  private void putDeclaration(Variable variable) throws IOException {
    byte[] name = variable.name.getBytes(StandardCharsets.UTF_8);
    reserve(Byte.BYTES + Short.BYTES);
    buffer.put((byte) variable.kind().code);
    buffer.putShort((short) name.length);
    putLong(variable.words());
    reserve(name.length);
    buffer.put(name);
  }

  private void putContents(Variable variable) throws IOException {
    Blocks blocks = variable.store.blocks;
    for (int block : variable.blocksInOrder()) {
      putRuns(blocks.words(block), blocks.first(block));
    }
    putLong(0);
    putLong(0);
  }

  private void putRuns(long[] words, long first) throws IOException {
    int start = 0;
    while (start < words.length) {
      int end = start;
      while (end < words.length && words[end] != 0) {
        end++;
      }
      if (end > start) {
        putLong(first + start);
        putLong(end - start);
        for (int i = start; i < end; i++) {
          putLong(words[i]);
        }
      }
      start = end + 1;
    }
  }

  private void putInt(int value) throws IOException {
    reserve(Integer.BYTES);
    buffer.putInt(value);
  }

  private void putLong(long value) throws IOException {
    reserve(Long.BYTES);
    buffer.putLong(value);
  }

  private void reserve(int bytes) throws IOException {
    if (buffer.remaining() < bytes) {
      flush();
    }
  }

  private void flush() throws IOException {
    buffer.flip();
    checksum.update(buffer.duplicate());
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }
}
