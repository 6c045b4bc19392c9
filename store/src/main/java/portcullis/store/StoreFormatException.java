package portcullis.store;

import java.io.IOException;
import java.nio.file.Path;

/** A file is not a saved store, is damaged or cut off, or has other declarations than expected. */
public final class StoreFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final long offset;

  StoreFormatException(Path file, long offset, String expected) {
    super(file + ": at offset " + offset + ": " + expected);
    this.file = file.toString();
    this.offset = offset;
  }

  /** The file. */
  public String file() {
    return file;
  }

  /** Where in the file what was expected does not stand, in bytes from its start. */
  public long offset() {
    return offset;
  }
}
