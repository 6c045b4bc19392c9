package portcullis.qemu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Optional;

/** The QEMU that tests run with; without one they are skipped. */
final class Installed {
  private static final Optional<Qemu> FOUND = Qemu.find();

  private Installed() {}

  static Qemu qemu() {
    assumeTrue(FOUND.isPresent(), Qemu.MISSING);
    return FOUND.orElseThrow();
  }
}
