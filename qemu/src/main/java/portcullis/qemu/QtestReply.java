package portcullis.qemu;

import java.nio.charset.StandardCharsets;

/**
 * One line that QEMU answers a qtest command with: {@code OK}, {@code OK} and a number, or words
 * why not. The number is hexadecimal after {@code 0x}, else decimal.
 */
final class QtestReply {
  private QtestReply() {}

  /**
   * The reply's number, or 0 if it has none.
   *
   * @param line holds the reply from {@code from} to {@code to}, exclusive, without line end
   * @throws QemuException if QEMU refused the command, or this is no reply
   */
  static long parse(byte[] line, int from, int to) {
    if (to - from < 2 || line[from] != 'O' || line[from + 1] != 'K') {
      throw refusal(line, from, to);
    }
    int at = from + 2;
    if (at == to) {
      return 0;
    }
    if (line[at] != ' ' || at + 1 == to) {
      throw refusal(line, from, to);
    }
    at++;
    int radix = 10;
    if (to - at > 2 && line[at] == '0' && line[at + 1] == 'x') {
      radix = 16;
      at += 2;
    }
    long value = 0;
    for (; at < to; at++) {
      int digit = Character.digit(line[at], radix);
      if (digit < 0) {
        throw refusal(line, from, to);
      }
      value = value * radix + digit;
    }
    return value;
  }

  private static QemuException refusal(byte[] line, int from, int to) {
    return new QemuException(
        "QEMU answered a qtest command: "
            + new String(line, from, to - from, StandardCharsets.UTF_8));
  }
}
