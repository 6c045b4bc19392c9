package portcullis.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class QemuVersionTest {

  @Test
  void readsTheBannersOfDistributionsAndOfUpstream() {
    assertEquals(
        Optional.of(new QemuVersion(11, 1, 3)),
        QemuVersion.parse(
            """
            QEMU emulator version 11.1.3 (Debian 1:11.1.3+ds-1~bpo13+1)
            Copyright (c) 2003-2026 Fabrice Bellard and the QEMU Project developers
            """));
    assertEquals(
        Optional.of(new QemuVersion(10, 2, 90)),
        QemuVersion.parse("QEMU emulator version 10.2.90 (v11.0.0-rc0-12-gabcdef)"));
    assertEquals(
        Optional.of(new QemuVersion(7, 2, 0)), QemuVersion.parse("QEMU emulator version 7.2.0\n"));
  }

  @Test
  void refusesWhatIsNoBanner() {
    assertEquals(Optional.empty(), QemuVersion.parse(""));
    assertEquals(Optional.empty(), QemuVersion.parse("QEMU emulator version 11"));
    assertEquals(Optional.empty(), QemuVersion.parse("sh: QEMU emulator version 11.1.3"));
    assertEquals(Optional.empty(), QemuVersion.parse("QEMU emulator version 99999999999.1.1"));
  }

  @Test
  void ordersByMajorThenMinorThenMicro() {
    assertTrue(new QemuVersion(10, 2, 9).compareTo(Qemu.LEAST) < 0);
    assertTrue(new QemuVersion(11, 0, 0).compareTo(Qemu.LEAST) >= 0);
    assertTrue(new QemuVersion(11, 1, 0).compareTo(new QemuVersion(11, 0, 9)) > 0);
    assertTrue(new QemuVersion(11, 1, 1).compareTo(new QemuVersion(11, 1, 0)) > 0);
  }
}
