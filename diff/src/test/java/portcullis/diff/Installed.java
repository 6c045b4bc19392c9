package portcullis.diff;

import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import portcullis.qemu.Qemu;

/** The QEMU to test with; without one the test is skipped. */
final class Installed {
  private Installed() {}

  static Qemu qemu() {
    Optional<Qemu> qemu = Qemu.find();
    Assumptions.assumeTrue(qemu.isPresent(), Qemu.MISSING);
    return qemu.get();
  }
}
