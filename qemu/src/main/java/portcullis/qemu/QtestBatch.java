package portcullis.qemu;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Qtest commands that are sent together: QEMU does them in order, and the answers come back in one
 * piece, which is many times faster than a round trip each. Reusable; a batch that has grown to its
 * size allocates nothing.
 *
 * <p>{@code int} results are the indices of commands, for {@link #value} after {@link #send}.
 */
public final class QtestBatch {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final int NIBBLES = 16;

  private final QtestClient client;
  private byte[] text = new byte[512];
  private int length;
  private long[] values = new long[16];
  private int count;
  private boolean sent;

  QtestBatch(QtestClient client) {
    this.client = client;
  }

  /** Reads {@code bytes} (1, 2, 4 or 8), naturally aligned; the value is zero-extended. */
  public int read(long address, int bytes) {
    return add(
        switch (bytes) {
          case 1 -> READB;
          case 2 -> READW;
          case 4 -> READL;
          case 8 -> READQ;
          default -> throw new IllegalArgumentException("no access of " + bytes + " bytes");
        },
        address);
  }

  /** Writes {@code bytes} (1, 2, 4 or 8), naturally aligned. */
  public QtestBatch write(long address, int bytes, long value) {
    switch (bytes) {
      case 1 -> add(WRITEB, address, value & 0xff);
      case 2 -> add(WRITEW, address, value & 0xffff);
      case 4 -> add(WRITEL, address, value & 0xffff_ffffL);
      case 8 -> add(WRITEQ, address, value);
      default -> throw new IllegalArgumentException("no access of " + bytes + " bytes");
    }
    return this;
  }

  /** Reads 32 bits; the value is zero-extended. */
  public int readl(long address) {
    return add(READL, address);
  }

  /** Reads 64 bits. */
  public int readq(long address) {
    return add(READQ, address);
  }

  /** Writes 32 bits. */
  public QtestBatch writel(long address, int value) {
    return write(address, Integer.BYTES, value);
  }

  /** Writes 64 bits. */
  public QtestBatch writeq(long address, long value) {
    return write(address, Long.BYTES, value);
  }

  /** Fills memory with a byte. */
  public QtestBatch memset(long address, long bytes, int value) {
    add(MEMSET, address, bytes, value & 0xff);
    return this;
  }

  /**
   * Lets {@code nanos} of the virtual clock pass, and all timers that they reach run; the value is
   * the time after.
   */
  public int clockStep(long nanos) {
    return add(CLOCK_STEP, nanos);
  }

  /** Lets QEMU tell when a device's outputs of a name rise or fall. */
  QtestBatch interceptOutputs(String path, String name) {
    byte[] line =
        "irq_intercept_out %s %s".formatted(path, name).getBytes(StandardCharsets.US_ASCII);
    begin(line);
    end();
    return this;
  }

  /** How many times an intercepted interrupt rose while the last batch was done. */
  public int rises() {
    return client.rises();
  }

  /** The index of the command that came with rise {@code index}; in the order of time. */
  public int riseDuring(int index) {
    return client.riseDuring(index);
  }

  /** The number, among its device's, of the interrupt of rise {@code index}. */
  public int risen(int index) {
    return client.risen(index);
  }

  /**
   * Sends what was added since the last time and waits until all of it is done.
   *
   * @return this, empty again; {@link #value} is valid until a command is added
   * @throws QemuDiedException if QEMU ended
   * @throws QemuException if it refused a command or does not answer
   */
  public QtestBatch send() {
    startIfSent();
    sent = true;
    client.exchange(text, length, values, count);
    return this;
  }

  /** What the command at {@code index} of the last batch sent gave; 0 for a write. */
  public long value(int index) {
    if (!sent || index >= count) {
      throw new IllegalStateException("no answer " + index + " in this batch");
    }
    return values[index];
  }

  private static final byte[] READB = command("readb");
  private static final byte[] READW = command("readw");
  private static final byte[] READL = command("readl");
  private static final byte[] READQ = command("readq");
  private static final byte[] WRITEB = command("writeb");
  private static final byte[] WRITEW = command("writew");
  private static final byte[] WRITEL = command("writel");
  private static final byte[] WRITEQ = command("writeq");
  private static final byte[] MEMSET = command("memset");
  private static final byte[] CLOCK_STEP = command("clock_step");

  private static byte[] command(String name) {
    return name.getBytes(StandardCharsets.US_ASCII);
  }

  private int add(byte[] name, long argument) {
    begin(name);
    hex(argument);
    return end();
  }

  private int add(byte[] name, long first, long second) {
    begin(name);
    hex(first);
    hex(second);
    return end();
  }

  private int add(byte[] name, long first, long second, long third) {
    begin(name);
    hex(first);
    hex(second);
    hex(third);
    return end();
  }

  private void startIfSent() {
    if (sent) {
      sent = false;
      length = 0;
      count = 0;
    }
  }

  private void begin(byte[] name) {
    startIfSent();
    int most = name.length + 3 * (" 0x".length() + NIBBLES) + 1;
    if (length + most > text.length) {
      text = Arrays.copyOf(text, 2 * text.length + most);
    }
    System.arraycopy(name, 0, text, length, name.length);
    length += name.length;
  }

  private void hex(long value) {
    text[length++] = ' ';
    text[length++] = '0';
    text[length++] = 'x';
    int digits = Math.max(1, Math.ceilDiv(Long.SIZE - Long.numberOfLeadingZeros(value), 4));
    for (int i = digits - 1; i >= 0; i--) {
      text[length++] = HEX[(int) (value >>> (4 * i)) & 0xf];
    }
  }

  private int end() {
    text[length++] = '\n';
    if (count == values.length) {
      values = Arrays.copyOf(values, 2 * count);
    }
    return count++;
  }
}
