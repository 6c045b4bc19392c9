package portcullis.qemu;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The little of QMP, QEMU's JSON control protocol, that is needed here: where in QEMU's tree of
 * objects a device is (QEMU, docs/interop/qmp-spec.rst).
 */
final class QmpClient implements AutoCloseable {
  private static final String UNATTACHED = "/machine/unattached";

  private final SocketChannel channel;
  private final BufferedReader lines;

  /** Connects to a QEMU that listens at {@code socket}. */
  QmpClient(Path socket) throws IOException {
    channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
    lines.readLine();
    execute("{\"execute\": \"qmp_capabilities\"}");
  }

  private String execute(String command) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    String answer = lines.readLine();
    if (answer == null) {
      throw new IOException("QEMU closed its control connection");
    }
    return answer;
  }

  /** The path of the first device of a type that the machine itself has; empty if it has none. */
  Optional<String> deviceOfMachine(String type) throws IOException {
    String all =
        execute(
            "{\"execute\": \"qom-list\", \"arguments\": {\"path\": \"%s\"}}".formatted(UNATTACHED));
    Matcher found =
        Pattern.compile(
                "\"name\": \"([^\"]*)\", \"type\": \"child<%s>\"".formatted(Pattern.quote(type)))
            .matcher(all);
    return found.find() ? Optional.of(UNATTACHED + "/" + found.group(1)) : Optional.empty();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
