package portcullis.qemu;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The end of what a process writes to standard error, read as it comes so that it never blocks. */
final class ErrorText {
  private static final int KEPT_CHARS = 4096;

  private final StringBuilder text = new StringBuilder();

  /** Reads until the process has closed the stream. */
  void readAll(InputStream stream) {
    byte[] chunk = new byte[1024];
    try {
      for (int read = stream.read(chunk); read >= 0; read = stream.read(chunk)) {
        append(new String(chunk, 0, read, StandardCharsets.UTF_8));
      }
    } catch (IOException closed) {
      // The process is gone, and so is the pipe: what came before is all there is.
      append("");
    }
  }

  private synchronized void append(String more) {
    text.append(more);
    if (text.length() > KEPT_CHARS) {
      text.delete(0, text.length() - KEPT_CHARS);
    }
  }

  /** What came last, at most {@value #KEPT_CHARS} characters, without the final line end. */
  synchronized String tail() {
    return text.toString().strip();
  }
}
