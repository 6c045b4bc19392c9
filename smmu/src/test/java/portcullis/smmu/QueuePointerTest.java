package portcullis.smmu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Against a queue that counts its entries without wrapping (IHI 0070 3.5.1). */
class QueuePointerTest {
  @Test
  void agreesWithCountingForEveryFillAndPosition() {
    for (int log2 = 0; log2 <= 4; log2++) {
      int size = 1 << log2;
      for (int produced = 0; produced < 6 * size; produced++) {
        for (int queued = 0; queued <= Math.min(size, produced); queued++) {
          int producer = produced % (2 * size);
          int consumer = (produced - queued) % (2 * size);
          assertEquals(queued == 0, QueuePointer.empty(producer, consumer, log2));
          assertEquals(queued == size, QueuePointer.full(producer, consumer, log2));
          assertEquals(queued, QueuePointer.used(producer, consumer, log2));
          assertEquals(produced % size, QueuePointer.index(producer, log2));
          assertEquals((produced + 1) % (2 * size), QueuePointer.next(producer, log2));
        }
      }
    }
  }

  @Test
  void bitsAboveTheWrapBitDoNotCount() {
    assertTrue(QueuePointer.empty(0x8000_0003, 0x3, 4));
    assertFalse(QueuePointer.full(0x8000_0003, 0x3, 4));
    assertEquals(3, QueuePointer.index(0x8000_0013, 4));
  }
}
