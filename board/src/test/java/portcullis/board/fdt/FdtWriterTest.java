package portcullis.board.fdt;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class FdtWriterTest {
  @Test
  void refusesUnbalancedNodes() {
    assertThrows(IllegalStateException.class, () -> new FdtWriter().end());
    assertThrows(IllegalStateException.class, () -> new FdtWriter().begin("").blob());
  }
}
