package portcullis.diff;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The cases are worth something: each fault of the model is found by comparing with QEMU. */
@Timeout(300)
class PlantedFaultTest {
  private static final long SEED = 1;
  private static final int CASES = 20_000;

  private static QemuSide qemu;

  @BeforeAll
  static void start() {
    qemu = QemuSide.start(Installed.qemu());
  }

  @AfterAll
  static void stop() {
    if (qemu != null) {
      qemu.close();
    }
  }

  @ParameterizedTest
  @EnumSource(PlantedFault.class)
  void isFound(PlantedFault fault) {
    Generator generator = new Generator(SEED);
    Trial trial = new Trial(new ModelSide(fault.wiring()));
    // Linear Stream tables only: QEMU could not go back to them.
    int index = 0;
    while (index < CASES && !trial.run(generator.next(2L * index), qemu).verdict().mismatch()) {
      index++;
    }
    assertTrue(index < CASES, () -> fault + " was not found in " + CASES + " cases");
  }
}
