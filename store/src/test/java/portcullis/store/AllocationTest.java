package portcullis.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class AllocationTest {
  private static final int WARM_UP_ROUNDS = 2_000;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final Specimen specimen = new Specimen();

  @Test
  void changesUndoAndReadsAllocateNothing() {
    for (int i = 0; i < WARM_UP_ROUNDS; i++) {
      round(i);
    }
    long before = THREADS.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 1_000; i++) {
      round(i);
    }
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertEquals(0, allocated);
  }

  private void round(int seed) {
    long outer = specimen.store.mark();
    for (int i = 0; i < 50; i++) {
      specimen.cr0.set(seed + i);
      specimen.deprivileged.set(!specimen.deprivileged.get());
      specimen.tlb.set(i % Specimen.ARRAY_WORDS, seed ^ i);
      specimen.ram.set(i * (1L << 40), specimen.ram.get((long) i << 12) + seed + 1);
      specimen.ram.set((long) i << 12, 0);
    }
    long inner = specimen.store.mark();
    specimen.clock.set(specimen.store.fingerprint());
    specimen.store.release(inner);
    specimen.store.undo(outer);
  }
}
