package portcullis.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QtestReplyTest {

  private static long parse(String reply) {
    byte[] line = ("OK 0x7\n" + reply + "\nOK").getBytes(StandardCharsets.UTF_8);
    return QtestReply.parse(line, 7, 7 + reply.getBytes(StandardCharsets.UTF_8).length);
  }

  @Test
  void readsNumbersInBothBases() {
    assertEquals(0, parse("OK"));
    assertEquals(0x0d44_101bL, parse("OK 0x000000000d44101b"));
    assertEquals(-1, parse("OK 0xffffffffffffffff"));
    assertEquals(100_000_000, parse("OK 100000000"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "O",
        "OK ",
        "OKAY",
        "OK 0x",
        "OK 0xg",
        "OK 12a",
        "OK  1",
        "FAIL",
        "IRQ raise 1"
      })
  void refusesWhatIsNoNumber(String reply) {
    assertThrows(QemuException.class, () -> parse(reply));
  }

  @Test
  void passesOnWhyQemuRefused() {
    QemuException refusal =
        assertThrows(QemuException.class, () -> parse("FAIL Unknown command 'red'"));
    assertTrue(refusal.getMessage().endsWith("FAIL Unknown command 'red'"));
  }
}
