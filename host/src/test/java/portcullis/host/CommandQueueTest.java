package portcullis.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.smmu.Commands;

class CommandQueueTest {
  private static final int LOG2 = 4;
  private static final int ENTRIES = 1 << LOG2;

  private final FakeHost host = new FakeHost();
  private final FakeSmmu smmu = host.smmu;
  private final CommandQueue queue =
      new CommandQueue(
          host.store, host, host.memory(), new SmmuRegisters(host, FakeHost.SMMU), "host.smmu0");

  @BeforeEach
  void place() {
    place(LOG2);
  }

  private void place(int log2) {
    queue.place(FakeHost.RAM, log2);
    smmu.set(
        Register.CMDQ_BASE, QueueBase.ADDR.inPlace(FakeHost.RAM) | QueueBase.LOG2SIZE.of(log2));
    smmu.set(Register.CMDQ_PROD, 0);
    smmu.set(Register.CMDQ_CONS, 0);
    smmu.set(Register.CR0, Cr0.CMDQEN.of(1));
  }

  private void prefetch(int streamId) {
    Commands.prefetchConfig(queue, streamId);
  }

  @Test
  void everyCommandArrivesOnceAndInOrderHoweverOftenTheQueueWraps() {
    Random random = new Random(5);
    int sent = 0;
    int expected = 0;
    for (int round = 0; round < 500; round++) {
      smmu.atOnce = random.nextInt(ENTRIES);
      int batch = random.nextInt(3 * ENTRIES);
      for (int i = 0; i < batch; i++) {
        prefetch(sent++);
      }
      assertTrue(queue.sync());
      for (FakeSmmu.Consumed command : smmu.commands) {
        if (!command.name().equals("SYNC")) {
          assertEquals(expected++, (int) (command.word0() >>> 32));
        }
      }
      assertEquals("SYNC", smmu.takeCommandNames().getLast());
      assertEquals(sent, expected);
    }
  }

  @Test
  void commandsAreHandedOverWithTheSync() {
    prefetch(1);
    prefetch(2);
    assertEquals(List.of(), smmu.log, "nothing before the sync");
    assertTrue(queue.sync());
    assertEquals(List.of("PREFETCH_CONFIG", "PREFETCH_CONFIG", "SYNC"), smmu.takeCommandNames());
    assertEquals(1, smmu.log.stream().filter(line -> line.startsWith("write")).count());
  }

  @Test
  void producerIsWrittenForEach64Commands() {
    place(8);
    for (int i = 0; i < 130; i++) {
      prefetch(i);
    }
    queue.sync();
    assertEquals(
        List.of("write 0x98 4 0x40", "write 0x98 4 0x80", "write 0x98 4 0x83"),
        smmu.log.stream().filter(line -> line.startsWith("write")).toList());
  }

  @Test
  void aFullQueueIsHandedOverAndWaitedFor() {
    smmu.atOnce = 0;
    for (int i = 0; i < ENTRIES; i++) {
      prefetch(i);
    }
    assertEquals(0, host.pauses());
    prefetch(ENTRIES);
    assertEquals(1, host.pauses(), "until one entry is free");
    assertTrue(queue.sync());
    assertEquals(ENTRIES + 2, smmu.commands.size());
  }

  @Test
  void aSyncThatDoesNotFinishTimesOut() {
    smmu.consumes = false;
    long start = host.clock().nanos();
    assertFalse(queue.sync());
    assertTrue(host.clock().nanos() - start >= SmmuRegisters.TIMEOUT_NANOS);
    assertTrue(host.clock().nanos() - start < 2 * SmmuRegisters.TIMEOUT_NANOS);
    smmu.consumes = true;
    assertTrue(queue.sync(), "nothing was lost");
    assertEquals(List.of("SYNC", "SYNC"), smmu.takeCommandNames());
  }

  @Test
  void aLostCommandIsNeverTakenForDone() {
    smmu.consumes = false;
    for (int i = 0; i <= ENTRIES; i++) {
      prefetch(i);
    }
    smmu.consumes = true;
    assertFalse(queue.sync(), "one of the commands was never sent");
    assertFalse(queue.sync(), "and never will be");
    assertEquals(ENTRIES + 2, smmu.commands.size());
    place(LOG2);
    assertTrue(queue.sync());
  }

  @Test
  void stopsWaitingWhenTheQueueStops() {
    smmu.illegal = Opcode.PREFETCH_CONFIG;
    prefetch(1);
    assertFalse(queue.sync());
    assertEquals(0, host.pauses(), "an error is no time-out");
    assertEquals(CommandError.CERROR_ILL, queue.error());
  }

  @Test
  void theErrorFieldMeansNothingUnlessTheErrorIsActive() {
    smmu.set(Register.CMDQ_CONS, CmdqCons.ERR.of(CommandError.CERROR_ILL));
    assertEquals(CommandError.CERROR_NONE, queue.error());
    smmu.set(Register.GERROR, Gerror.CMDQ_ERR.mask());
    assertEquals(CommandError.CERROR_ILL, queue.error());
    smmu.set(Register.GERRORN, Gerror.CMDQ_ERR.mask());
    assertEquals(CommandError.CERROR_NONE, queue.error());
    assertTrue(queue.sync(), "and its bits are no part of the index");
  }

  @Test
  void anIllegalCommandIsReplacedByASync() {
    smmu.illegal = Opcode.PREFETCH_CONFIG;
    Commands.cfgiAll(queue);
    prefetch(1);
    Commands.tlbiNsnhAll(queue);
    assertFalse(queue.sync());
    queue.skipError();
    smmu.write(Register.GERRORN.offset(), 4, smmu.get(Register.GERROR));
    assertEquals(
        List.of("CFGI_STE_RANGE", "SYNC", "TLBI_NSNH_ALL", "SYNC"), smmu.takeCommandNames());
    assertTrue(queue.sync());
  }

  /** A fetch that aborted, and an ATC that timed out, are tried again: the command stays. */
  @Test
  void otherErrorsLeaveTheCommand() {
    for (int error :
        new int[] {
          CommandError.CERROR_NONE, CommandError.CERROR_ABT, CommandError.CERROR_ATC_INV_SYNC
        }) {
      host.memory().write64(FakeHost.RAM, 0x1234);
      smmu.set(Register.CMDQ_CONS, CmdqCons.ERR.of(error));
      queue.skipError();
      assertEquals(0x1234, host.memory().read64(FakeHost.RAM));
    }
  }
}
