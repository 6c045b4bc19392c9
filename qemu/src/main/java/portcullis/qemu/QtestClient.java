package portcullis.qemu;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The client's end of qtest, QEMU's line protocol for device tests: one command a line, answered in
 * order. QEMU does a command fully before it answers, also what a register write sets off in an
 * SMMU. Not for use by several threads.
 */
public final class QtestClient implements AutoCloseable {
  private static final int ANSWER_SECONDS = 20;

  /** Longer than any answer. */
  private static final int BUFFER_BYTES = 1 << 16;

  /** What tells of an intercepted interrupt begins so, and so if it is raised. */
  private static final byte[] IRQ = "IRQ ".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] RAISE = "IRQ raise ".getBytes(StandardCharsets.US_ASCII);

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final Function<String, QemuException> loss;
  private final ByteBuffer received = ByteBuffer.allocate(BUFFER_BYTES);
  private final ByteBuffer toSend = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final ByteBuffer arriving = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final QtestBatch single = new QtestBatch(this);
  private QemuException refusal;
  private int rises;
  private int[] riseDuring = new int[16];
  private int[] risen = new int[16];

  /**
   * Takes over a connection.
   *
   * @param loss what to throw when the connection fails, given the symptom in words
   */
  QtestClient(SocketChannel channel, Function<String, QemuException> loss) {
    this.channel = channel;
    this.loss = loss;
    try {
      channel.configureBlocking(false);
      selector = Selector.open();
      key = channel.register(selector, SelectionKey.OP_READ);
    } catch (IOException e) {
      throw new QemuException("cannot use the connection to QEMU", e);
    }
  }

  /** A batch of commands for this connection, empty. */
  public QtestBatch batch() {
    return new QtestBatch(this);
  }

  /**
   * Reads {@code bytes} (1, 2, 4 or 8), naturally aligned, zero-extended. This and all other single
   * commands throw what {@link QtestBatch#send} throws.
   */
  public long read(long address, int bytes) {
    int index = single.read(address, bytes);
    return single.send().value(index);
  }

  /** Writes {@code bytes} (1, 2, 4 or 8), naturally aligned. */
  public void write(long address, int bytes, long value) {
    single.write(address, bytes, value).send();
  }

  /** Reads 32 bits. */
  public int readl(long address) {
    return (int) read(address, Integer.BYTES);
  }

  /** Reads 64 bits. */
  public long readq(long address) {
    return read(address, Long.BYTES);
  }

  /** Writes 32 bits. */
  public void writel(long address, int value) {
    write(address, Integer.BYTES, value);
  }

  /** Writes 64 bits. */
  public void writeq(long address, long value) {
    write(address, Long.BYTES, value);
  }

  /** Fills memory with a byte. */
  public void memset(long address, long bytes, int value) {
    single.memset(address, bytes, value).send();
  }

  /**
   * Lets {@code nanos} of the virtual clock pass, and all timers that they reach run.
   *
   * @return the virtual clock's time after, in nanoseconds
   */
  public long clockStep(long nanos) {
    int index = single.clockStep(nanos);
    return single.send().value(index);
  }

  /**
   * Sends {@code length} bytes of commands and waits for {@code count} answers. Reads while it
   * writes: QEMU stops taking commands when nobody takes its answers.
   */
  void exchange(byte[] commands, int length, long[] values, int count) {
    // QEMU's devices see memory as this thread left it.
    VarHandle.fullFence();
    int sent = 0;
    int answered = 0;
    refusal = null;
    rises = 0;
    try {
      while (answered < count) {
        int written = write(commands, sent, length);
        sent += written;
        int read = receive();
        int before = answered;
        answered = takeAnswers(values, answered, count);
        if (written == 0 && read == 0 && answered == before) {
          await(sent < length);
        }
      }
    } catch (IOException e) {
      throw lost("broke the connection");
    }
    if (refusal != null) {
      throw refusal;
    }
  }

  private QemuException lost(String symptom) {
    received.clear();
    return loss.apply(symptom);
  }

  private int write(byte[] commands, int from, int to) throws IOException {
    if (from == to) {
      return 0;
    }
    toSend.clear().put(commands, from, Math.min(to - from, BUFFER_BYTES)).flip();
    return channel.write(toSend);
  }

  private int receive() throws IOException {
    if (!received.hasRemaining()) {
      throw lost("sent more than a line");
    }
    arriving.clear().limit(received.remaining());
    int read = channel.read(arriving);
    if (read < 0) {
      throw lost("closed the connection");
    }
    received.put(arriving.flip());
    return read;
  }

  /** Takes whole lines; what is left over begins the next. */
  private int takeAnswers(long[] values, int answered, int count) {
    byte[] bytes = received.array();
    int end = received.position();
    int start = 0;
    int next = answered;
    for (int i = 0; i < end && next < count; i++) {
      if (bytes[i] == '\n') {
        if (!interrupt(bytes, start, i, next)) {
          values[next++] = answer(bytes, start, i);
        }
        start = i + 1;
      }
    }
    if (start > 0) {
      System.arraycopy(bytes, start, bytes, 0, end - start);
      received.position(end - start);
    }
    return next;
  }

  /**
   * Takes a line that tells of an intercepted interrupt, which comes before the answer to the
   * command that it came with: {@code IRQ raise} or {@code IRQ lower}, and the line's number.
   */
  private boolean interrupt(byte[] bytes, int from, int to, int during) {
    if (!startsWith(bytes, from, to, IRQ)) {
      return false;
    }
    if (startsWith(bytes, from, to, RAISE)) {
      int line = 0;
      for (int i = from + RAISE.length; i < to; i++) {
        line = 10 * line + Character.digit(bytes[i], 10);
      }
      if (rises == risen.length) {
        risen = Arrays.copyOf(risen, 2 * rises);
        riseDuring = Arrays.copyOf(riseDuring, 2 * rises);
      }
      risen[rises] = line;
      riseDuring[rises++] = during;
    }
    return true;
  }

  private static boolean startsWith(byte[] bytes, int from, int to, byte[] start) {
    return to - from >= start.length
        && Arrays.equals(bytes, from, from + start.length, start, 0, start.length);
  }

  /** How many times an intercepted line rose in the last exchange. */
  int rises() {
    return rises;
  }

  /** The index of the command that made it rise. */
  int riseDuring(int index) {
    return riseDuring[index];
  }

  /** The number of the line that rose. */
  int risen(int index) {
    return risen[index];
  }

  /**
   * Has each interrupt told that a device's outputs called {@code name} raise from now on.
   *
   * @param path of the device among QEMU's objects; it has to be the same one every time
   */
  void intercept(String path, String name) {
    single.interceptOutputs(path, name).send();
  }

  /** One answer's value; a refusal waits until the answers to the rest of the batch are in. */
  private long answer(byte[] bytes, int from, int to) {
    try {
      return QtestReply.parse(bytes, from, to);
    } catch (QemuException e) {
      refusal = refusal == null ? e : refusal;
      return 0;
    }
  }

  private void await(boolean alsoToWrite) throws IOException {
    key.interestOps(
        alsoToWrite ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    int ready = 0;
    // Second by second: time in which this process and QEMU were both stopped is no delay.
    for (int second = 0; second < ANSWER_SECONDS && ready == 0; second++) {
      ready = selector.select(TimeUnit.SECONDS.toMillis(1));
      selector.selectedKeys().clear();
      if (Thread.currentThread().isInterrupted()) {
        throw new QemuException("interrupted while QEMU worked");
      }
    }
    if (ready == 0) {
      throw lost("gave no answer within " + ANSWER_SECONDS + " s");
    }
  }

  /** Stops using the connection, which whoever opened it closes. */
  @Override
  public void close() {
    try {
      selector.close();
    } catch (IOException e) {
      throw new QemuException("cannot leave the connection to QEMU", e);
    }
  }
}
