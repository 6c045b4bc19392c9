package portcullis.check.trace;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;

/** Writes each event as a {@link TraceLine}. */
public final class TraceWriter implements TraceSink, Closeable {
  private final Writer out;

  /** Writes to {@code out}, which {@link #close} closes; the caller buffers it. */
  public TraceWriter(Writer out) {
    this.out = out;
  }

  @Override
  public boolean enabled() {
    return true;
  }

  /**
   * Writes one line.
   *
   * @throws UncheckedIOException if the writer fails
   */
  @Override
  public void accept(TraceEvent event) {
    try {
      out.write(TraceLine.of(event));
      out.write('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
