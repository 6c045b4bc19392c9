package portcullis.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client against a server of the test's own that answers line by line. */
@Timeout(60)
class QtestClientTest {
  @TempDir private Path folder;
  private final StringBuilder seen = new StringBuilder();
  private SocketChannel channel;
  private CompletableFuture<Void> server;

  private QtestClient connect(UnaryOperator<String> answers) throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("qtest"));
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(address);
    server = CompletableFuture.runAsync(() -> serve(listener, answers));
    channel = SocketChannel.open(address);
    return new QtestClient(channel, symptom -> new QemuException("QEMU " + symptom));
  }

  /** Answers each line; a null answer closes the connection. */
  private void serve(ServerSocketChannel listener, UnaryOperator<String> answers) {
    try (listener;
        SocketChannel peer = listener.accept();
        BufferedReader lines =
            new BufferedReader(Channels.newReader(peer, StandardCharsets.US_ASCII))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        seen.append(line).append('\n');
        String answer = answers.apply(line);
        if (answer == null) {
          return;
        }
        ByteBuffer bytes = ByteBuffer.wrap(answer.getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
          peer.write(bytes);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void disconnect() throws IOException {
    channel.close();
    server.join();
  }

  @Test
  void writesCommandsAsQtestReadsThem() throws IOException {
    try (QtestClient client = connect(line -> line.startsWith("w") ? "OK\n" : "OK 0x2a\n")) {
      client.writel(0x9050020L, -1);
      client.writeq(0x9050080L, Long.MIN_VALUE);
      client.write(0, 1, 0x1ff);
      client.write(2, 2, 0x1_ffff);
      assertEquals(42, client.readl(0x9050000L));
      assertEquals(42, client.readq(0));
      assertEquals(42, client.read(1, 1));
      assertEquals(42, client.read(2, 2));
      client.memset(0x4000_0000L, 0x1000, 0x1a5);
      assertEquals(42, client.clockStep(500));
    }
    assertEquals(
        """
        writel 0x9050020 0xffffffff
        writeq 0x9050080 0x8000000000000000
        writeb 0x0 0xff
        writew 0x2 0xffff
        readl 0x9050000
        readq 0x0
        readb 0x1
        readw 0x2
        memset 0x40000000 0x1000 0xa5
        clock_step 0x1f4
        """,
        seen.toString());
  }

  /** QEMU, docs/devel/testing/qtest.rst: what was intercepted comes between the answers. */
  @Test
  void interceptedInterruptsAreToldWithTheirCommand() throws IOException {
    try (QtestClient client =
        connect(
            line ->
                line.startsWith("writel")
                    ? "IRQ raise 12\nIRQ lower 12\nIRQ raise 3\nOK\n"
                    : "OK 0x7\n")) {
      client.intercept("/machine/device[6]", "sysbus-irq");
      QtestBatch batch = client.batch();
      int before = batch.readl(0);
      batch.writel(4, 1);
      int after = batch.readl(0);
      batch.send();
      assertEquals(7, batch.value(before));
      assertEquals(7, batch.value(after));
      assertEquals(2, batch.rises());
      assertEquals(12, batch.risen(0));
      assertEquals(3, batch.risen(1));
      assertEquals(before + 1, batch.riseDuring(0));
      assertEquals(before + 1, batch.riseDuring(1));
      batch.readl(0);
      assertEquals(0, batch.send().rises());
    }
    assertTrue(seen.toString().startsWith("irq_intercept_out /machine/device[6] sysbus-irq\n"));
  }

  @Test
  void answersOfAnAccessThatDoesNotExistAreNotAskedFor() throws IOException {
    try (QtestClient client = connect(line -> "OK\n")) {
      assertThrows(IllegalArgumentException.class, () -> client.read(0, 3));
      assertThrows(IllegalArgumentException.class, () -> client.write(0, 16, 0));
      QtestBatch batch = client.batch();
      int index = batch.readl(0);
      assertThrows(IllegalStateException.class, () -> batch.value(index));
    }
    assertEquals("", seen.toString());
  }

  @Test
  void aBatchKeepsEachAnswerWithItsCommand() throws IOException {
    try (QtestClient client = connect(line -> "OK " + line.split(" ")[1] + "\n")) {
      QtestBatch batch = client.batch();
      for (int round = 0; round < 2; round++) {
        // More than either buffer holds, so sending and receiving have to take turns.
        int count = 50_000;
        for (int i = 0; i < count; i++) {
          assertEquals(i, batch.readq(0x1234_5678_0000_0000L + i));
        }
        batch.send();
        for (int i = 0; i < count; i++) {
          assertEquals(0x1234_5678_0000_0000L + i, batch.value(i));
        }
      }
    }
  }

  @Test
  void aRefusedCommandDoesNotShiftLaterAnswers() throws IOException {
    try (QtestClient client =
        connect(
            line ->
                line.endsWith("0xbad")
                    ? "ERR no such place\n"
                    : "OK " + line.split(" ")[1] + "\n")) {
      QtestBatch batch = client.batch();
      batch.readl(1);
      batch.readl(0xbad);
      batch.readl(3);
      QemuException refusal = assertThrows(QemuException.class, batch::send);
      assertTrue(refusal.getMessage().endsWith("ERR no such place"));
      assertEquals(4, client.readl(4));
    }
  }

  @Test
  void aConnectionThatClosesIsALoss() throws IOException {
    try (QtestClient client = connect(line -> line.startsWith("write") ? "OK\n" : null)) {
      client.writel(0, 0);
      QemuException loss = assertThrows(QemuException.class, () -> client.readl(0));
      assertEquals("QEMU closed the connection", loss.getMessage());
    }
  }
}
