package portcullis.cli;

import java.io.Writer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultPrettyPrinter;

/** Writers of JSON, indented, that leave the underlying writer open. */
final class Json {
  private Json() {}

  /** A generator onto {@code out}; the caller closes it. */
  static JsonGenerator generator(Writer out) {
    return new JsonFactory()
        .rebuild()
        .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
        .build()
        .createGenerator(PRETTY, out);
  }

  private static final ObjectWriteContext PRETTY =
      new ObjectWriteContext.Base() {
        @Override
        public PrettyPrinter getPrettyPrinter() {
          return new DefaultPrettyPrinter();
        }
      };

  /** An address or register value: a string, since JSON numbers lose bits above 2^53. */
  static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
