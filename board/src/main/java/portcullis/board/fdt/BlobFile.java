package portcullis.board.fdt;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file that holds a description of a board. */
public final class BlobFile {
  private BlobFile() {}

  /**
   * All bytes of {@code file}.
   *
   * @param maxBytes how many it may have at most
   * @param kind what it holds, such as {@code device tree}
   * @param expected the same with its article, such as {@code a flattened device tree}
   * @throws BoardException if there is no such file, it cannot be read, or is larger
   */
  public static byte[] read(Path file, int maxBytes, String kind, String expected)
      throws BoardException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw new BoardException(
            file.toString(), "is too large", "at most " + maxBytes + " bytes of " + kind);
      }
      return bytes;
    } catch (NoSuchFileException e) {
      throw new BoardException(file.toString(), "no such file", expected);
    } catch (IOException e) {
      throw new BoardException(file.toString(), "cannot be read: " + reason(e), expected);
    }
  }

  /** What a file system says, without the file's name, which the message has already. */
  private static String reason(IOException e) {
    if (e instanceof FileSystemException failure) {
      return failure.getReason() != null ? failure.getReason() : "permission denied";
    }
    return e.getMessage();
  }
}
