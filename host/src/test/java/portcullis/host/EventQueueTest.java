package portcullis.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.EventqCons;
import portcullis.arch.smmu.EventqProd;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;

class EventQueueTest {
  private static final int LOG2 = 3;
  private static final int ENTRIES = 1 << LOG2;

  private final FakeHost host = new FakeHost();
  private final FakeSmmu smmu = host.smmu;
  private final EventQueue queue =
      new EventQueue(
          host.store, host, host.memory(), new SmmuRegisters(host, FakeHost.SMMU), "host.smmu0");
  private final List<Long> events = new ArrayList<>();

  @BeforeEach
  void place() {
    queue.place(FakeHost.RAM, LOG2);
    smmu.set(
        Register.EVENTQ_BASE, QueueBase.ADDR.inPlace(FakeHost.RAM) | QueueBase.LOG2SIZE.of(LOG2));
  }

  private int drain() {
    return queue.drain(
        (word0, word1, word2, word3) -> {
          assertEquals(List.of(word0 + 1, word0 + 2, word0 + 3), List.of(word1, word2, word3));
          events.add(word0);
        });
  }

  private boolean overflow() {
    return ((smmu.get(Register.EVENTQ_PROD) ^ smmu.get(Register.EVENTQ_CONS))
            & EventqProd.OVFLG.mask())
        != 0;
  }

  @Test
  void everyRecordIsReadOnceAndInOrderHoweverOftenTheQueueWraps() {
    Random random = new Random(6);
    List<Long> sent = new ArrayList<>();
    for (int round = 0; round < 500; round++) {
      int batch = random.nextInt(ENTRIES + 1);
      for (int i = 0; i < batch; i++) {
        sent.add(100L * sent.size());
        smmu.event(sent.getLast());
      }
      assertEquals(batch, drain());
      assertEquals(sent, events);
      assertEquals(
          smmu.get(Register.EVENTQ_PROD), smmu.get(Register.EVENTQ_CONS), "all given back");
    }
  }

  @Test
  void anEmptyQueueIsOnlyLookedAt() {
    assertEquals(0, drain());
    assertEquals(List.of("read 0x100a8 4 0x0"), smmu.log);
  }

  @Test
  void eachEntryIsGivenBackAsItIsRead() {
    smmu.event(1);
    smmu.event(2);
    drain();
    assertEquals(
        List.of(
            "read 0x100a8 4 0x2",
            "write 0x100ac 4 0x1",
            "write 0x100ac 4 0x2",
            "read 0x100a8 4 0x2"),
        smmu.log);
  }

  @Test
  void anOverflowIsAcknowledgedOnce() {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < ENTRIES + 3; i++) {
        smmu.event(i);
      }
      assertEquals(true, overflow());
      assertEquals(ENTRIES, drain(), "the others are lost");
      assertEquals(false, overflow());
      smmu.log.clear();
      assertEquals(0, drain());
      assertEquals(1, smmu.log.size(), "nothing is left to acknowledge");
    }
  }

  /** Giving an entry back does not take back what was acknowledged before. */
  @Test
  void anAcknowledgementStays() {
    for (int i = 0; i <= ENTRIES; i++) {
      smmu.event(i);
    }
    drain();
    smmu.log.clear();
    smmu.event(1);
    drain();
    assertEquals(
        List.of("write 0x100ac 4 0x80000009"),
        smmu.log.stream().filter(line -> line.startsWith("write")).toList());
  }

  /** The flag may change after the last record was read: then it stands alone. */
  @Test
  void anOverflowWithoutARecordIsAcknowledgedToo() {
    smmu.set(Register.EVENTQ_PROD, EventqProd.OVFLG.mask());
    assertEquals(0, drain());
    assertEquals(EventqCons.OVACKFLG.mask(), smmu.get(Register.EVENTQ_CONS));
  }

  @Test
  void recordsThatArriveMeanwhileAreReadToo() {
    smmu.event(1);
    int[] more = {2};
    int read =
        queue.drain(
            (word0, _, _, _) -> {
              if (more[0] > 0) {
                more[0]--;
                smmu.event(word0 + 1);
              }
            });
    assertEquals(3, read);
  }

  @Test
  void neverReadsMoreThanOneQueueAtOnce() {
    smmu.event(1);
    assertEquals(ENTRIES, queue.drain((word0, _, _, _) -> smmu.event(word0 + 1)));
  }

  @Test
  void isBoundedAlsoIfTheProducerIsNonsense() {
    smmu.set(Register.EVENTQ_PROD, ENTRIES + 5);
    assertEquals(ENTRIES, queue.drain((_, _, _, _) -> {}));
  }
}
