package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.EcmdqCons;
import portcullis.arch.smmu.EcmdqProd;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Sync;
import portcullis.machine.smmuv3.profile.Profile;

/** Enhanced Command queues: enable, consumption, synchronization, errors (IHI 0070 3.5.6). */
class EnhancedQueueTest {
  private static final int SYNC = 0x46;
  private static final int ILLEGAL = 0xff;
  private static final long EN = 1L << 31;
  private static final long ERR = 1 << 23;

  private static final int A = 3;

  /** In the second page. */
  private static final int B = 17;

  private final EnhancedRig e = new EnhancedRig();
  private final Rig rig = e.rig;

  private boolean active(int bit) {
    return ((rig.get(Register.GERROR) ^ rig.get(Register.GERRORN)) >>> bit & 1) != 0;
  }

  private void acknowledgeGlobal() {
    rig.set(Register.GERRORN, rig.get(Register.GERROR));
  }

  @Test
  void enableIsAcknowledged() {
    assertFalse(e.enabled(A));
    e.start(A);
    assertTrue(e.enabled(A), "3.5.6.2");
    assertFalse(e.enabled(A + 1), "each by itself");
    assertFalse(e.enabled(B));
    e.set(A, Register.ECMDQ_PROD, 0);
    assertFalse(e.enabled(A));
  }

  /** 6.3.107, 6.3.109: RW while EN and ENACK are 0, else RO. */
  @Test
  void baseAndConsAreWritableOnlyWhileDisabled() {
    e.set(A, Register.ECMDQ_BASE, -1);
    e.set(A, Register.ECMDQ_CONS, -1);
    assertEquals(
        1L << 62 | QueueBase.ADDR.mask() | 0x1f, e.get(A, Register.ECMDQ_BASE), "RES0 bits");
    assertEquals(7 << 24 | ERR | 0xf_ffff, e.get(A, Register.ECMDQ_CONS), "ENACK is the SMMU's");
    e.start(A);
    long base = e.get(A, Register.ECMDQ_BASE);
    e.set(A, Register.ECMDQ_BASE, -1);
    rig.smmu.write(e.at(A, Register.ECMDQ_BASE) + 4, 4, -1);
    e.set(A, Register.ECMDQ_CONS, 5 | ERR);
    assertEquals(base, e.get(A, Register.ECMDQ_BASE));
    assertEquals(EN, e.get(A, Register.ECMDQ_CONS));
    e.set(A, Register.ECMDQ_PROD, 0);
    e.set(A, Register.ECMDQ_CONS, 5);
    assertEquals(5, e.get(A, Register.ECMDQ_CONS));
  }

  /** 6.3.108. */
  @Test
  void prodIsWritableAlways() {
    e.set(A, Register.ECMDQ_PROD, -1 & ~EN);
    assertEquals(ERR | 0xf_ffff, e.get(A, Register.ECMDQ_PROD), "RES0 bits");
    e.start(A);
    e.set(A, Register.ECMDQ_PROD, EN | ERR | 7);
    assertEquals(EN | ERR | 7, e.get(A, Register.ECMDQ_PROD));
  }

  @Test
  void commandsAreConsumedRoundTheWrap() {
    e.start(A).start(B);
    for (int command = 1; command <= 100; command++) {
      e.command(A, SYNC, 0);
      assertEquals(command & 0xf, e.consumed(A));
    }
    assertEquals(0, e.consumed(B));
    assertEquals(100, rig.smmu.counters().commands(Opcode.SYNC));
    assertEquals(0, rig.get(Register.CMDQ_CONS));
  }

  @Test
  void nothingIsConsumedWhileDisabled() {
    e.start(A);
    e.set(A, Register.ECMDQ_PROD, 0);
    rig.store(EnhancedRig.commands(A), SYNC, 0);
    e.produce(A, 1);
    assertEquals(0, e.consumed(A));
    e.set(A, Register.ECMDQ_PROD, EN | 1);
    assertEquals(1, e.consumed(A), "enabling consumes what is there");
    e.set(A, Register.ECMDQ_PROD, 2);
    assertEquals(1, e.consumed(A), "the write that disables starts nothing");
  }

  /** The enables of CR0 are about other queues (3.5.6.2). */
  @Test
  void itNeedsNeitherCmdqenNorSmmuen() {
    rig.set(Register.CR0, 0);
    e.start(A);
    e.command(A, SYNC, 0);
    assertEquals(1, e.consumed(A));
    rig.set(Register.CR0, Cr0.CMDQEN.mask());
    rig.set(Register.CR0, 0);
    assertTrue(e.enabled(A));
  }

  /** 3.5.6.1: SEV when a queue becomes non-full. */
  @Test
  void aFullQueueIsConsumedAtOneDoorbellAndWakesProcessors() {
    e.start(A);
    for (int index = 0; index < 8; index++) {
      rig.store(EnhancedRig.commands(A) + index * 16, SYNC, 0);
    }
    e.produce(A, 7);
    assertEquals(0, rig.signals(InterruptLine.SEV));
    e.produce(A, 15);
    assertEquals(15, e.consumed(A));
    assertEquals(1, rig.signals(InterruptLine.SEV), "it was full");
  }

  /** 6.3.107: LOG2SIZE is capped at IDR1.CMDQS, and the address aligned to the size. */
  @Test
  void queuesAreCappedAtTheSizeOffered() {
    EnhancedRig small =
        new EnhancedRig(EnhancedRig.profile(1, 4).with(Register.IDR1, Idr1.CMDQS, 1));
    small.start(A);
    small.set(A, Register.ECMDQ_PROD, 0);
    small.set(A, Register.ECMDQ_BASE, EnhancedRig.commands(A) + 32 | 31);
    small.set(A, Register.ECMDQ_PROD, EN);
    for (int command = 1; command <= 9; command++) {
      small.rig.store(EnhancedRig.commands(A) + 32 + (command - 1 & 1) * 16, SYNC, 0);
      small.produce(A, command & 3);
      assertEquals(command & 3, small.consumed(A));
    }
    small.set(A, Register.ECMDQ_PROD, 0);
    small.set(A, Register.ECMDQ_CONS, 0xf_fff5);
    assertEquals(1, small.consumed(A), "of RD reads what the queue has");
  }

  /** 3.5.6: the commands are those of the other queue, and so are the illegal ones (4.1.3). */
  @Test
  void itTakesTheSameCommands() {
    for (int code = 0; code < 256; code++) {
      Rig ordinary = new Rig(Profile.GENERIC.withStreamIdBits(4)).start(4);
      ordinary.command(code, 0);
      long expected = ordinary.get(Register.CMDQ_CONS) >>> 24;
      e.start(A);
      e.command(A, code, 0);
      assertEquals(expected != 0, e.inError(A), "opcode 0x" + Integer.toHexString(code));
      if (expected != 0) {
        assertEquals(expected, e.reason(A));
        e.acknowledge(A);
      }
      e.set(A, Register.ECMDQ_PROD, e.get(A, Register.ECMDQ_PROD) & ~EN);
    }
  }

  @Test
  void syncSignals() {
    e.start(A);
    e.command(A, SYNC, 0);
    assertEquals(0, rig.signals(InterruptLine.SEV));
    e.command(A, SYNC | Sync.CS.of(Sync.CS_SEV), 0);
    assertEquals(1, rig.signals(InterruptLine.SEV));
    e.command(A, SYNC | Sync.CS.of(Sync.CS_IRQ) | 0xcafeL << 32, 0x9_0004);
    assertEquals(1, rig.signals(InterruptLine.CMDQ_SYNC));
    assertEquals(0xcafe, rig.read(0x9_0004, 4));
    e.command(A, SYNC | Sync.CS.of(3), 0);
    assertEquals(CommandError.CERROR_ILL, e.reason(A));
  }

  /** 3.5.6.3: an aborted MSI is reported as for the other queue. */
  @Test
  void syncMsiToNowhereIsAGlobalErrorAndTheCommandCompletes() {
    e.start(A);
    e.command(A, SYNC | Sync.CS.of(Sync.CS_IRQ) | 1L << 32, Rig.HOLE);
    assertTrue(active(4), "MSI_CMDQ_ABT_ERR");
    assertFalse(e.inError(A));
    assertFalse(e.pageError());
    assertEquals(1, e.consumed(A));
  }

  /** 3.5.6.1: a CMD_SYNC is about the commands of its own queue. */
  @Test
  void aSyncLearnsOfItsOwnQueuesInvalidationsOnly() {
    e.start(A).start(B);
    rig.clients.deaf = true;
    e.command(A, Opcode.ATC_INV, 0, 0);
    rig.clients.deaf = false;
    e.command(B, SYNC, 0);
    rig.command(Opcode.SYNC, 0, 0);
    assertFalse(e.inError(B));
    assertEquals(1, rig.get(Register.CMDQ_CONS));
    e.command(A, SYNC, 0);
    assertEquals(CommandError.CERROR_ATC_INV_SYNC, e.reason(A));
    assertEquals(1, e.consumed(A));
    e.acknowledge(A);
    assertEquals(2, e.consumed(A), "once");
  }

  @Test
  void anIllegalCommandStopsTheQueueUntilAcknowledged() {
    e.start(A);
    rig.store(EnhancedRig.commands(A), SYNC, 0, ILLEGAL, 0, SYNC, 0);
    e.produce(A, 3);
    assertEquals(1, e.consumed(A), "RD points at the command in error");
    assertEquals(EN | ERR | CommandError.CERROR_ILL << 24 | 1, e.get(A, Register.ECMDQ_CONS));
    assertTrue(e.pageError());
    assertFalse(active(0), "CMDQ_ERR is the other queue's");
    assertEquals(1, rig.signals(InterruptLine.GERROR));
    e.produce(A, 3);
    assertEquals(1, e.consumed(A), "still in error");
    assertEquals(1, rig.signals(InterruptLine.GERROR));
    rig.store(EnhancedRig.commands(A) + 16, SYNC, 0);
    e.acknowledge(A);
    assertEquals(3, e.consumed(A), "acknowledging restarts by itself");
    assertFalse(e.inError(A));
    assertTrue(e.pageError(), "which GERRORN acknowledges");
  }

  @Test
  void errorsToggleBothWays() {
    e.start(A);
    for (int round = 1; round <= 3; round++) {
      e.command(A, ILLEGAL, 0);
      assertTrue(e.inError(A));
      assertEquals(round & 1, EcmdqCons.ERR.get(e.get(A, Register.ECMDQ_CONS)));
      rig.store(EnhancedRig.commands(A) + (e.consumed(A) & 7) * 16, SYNC, 0);
      e.acknowledge(A);
      assertEquals(round, e.consumed(A));
    }
  }

  /** 3.5.6.3: CMDQP_ERR is activated if it is inactive, and has no effect on any queue. */
  @Test
  void globalErrorOnlyTells() {
    e.start(A).start(B);
    e.command(A, ILLEGAL, 0);
    e.command(B, ILLEGAL, 0);
    assertTrue(e.inError(A) && e.inError(B));
    assertEquals(1, rig.signals(InterruptLine.GERROR), "the second finds it active");
    acknowledgeGlobal();
    assertFalse(e.pageError());
    assertTrue(e.inError(A) && e.inError(B));
    assertEquals(0, e.consumed(A));
    e.start(4);
    e.command(4, ILLEGAL, 0);
    assertTrue(e.pageError());
    assertEquals(2, rig.signals(InterruptLine.GERROR));
  }

  /** 3.5.6.3: they operate independently of CMDQ_ERR, and of each other's errors. */
  @Test
  void anErrorStopsNoOtherQueue() {
    e.start(A).start(B);
    rig.command(ILLEGAL, 0);
    assertTrue(active(0));
    e.command(A, SYNC, 0);
    assertEquals(1, e.consumed(A));
    e.command(A, ILLEGAL, 0);
    e.command(B, SYNC, 0);
    assertEquals(1, e.consumed(B));
    rig.store(Rig.COMMANDS, SYNC, 0);
    rig.set(Register.GERRORN, rig.get(Register.GERRORN) ^ Gerror.CMDQ_ERR.mask());
    assertEquals(1, rig.get(Register.CMDQ_CONS) & 0xff);
    assertEquals(1, e.consumed(A), "acknowledged to another queue");
  }

  @Test
  void aFetchFromNowhereIsAnAbort() {
    e.set(A, Register.ECMDQ_BASE, Rig.HOLE | QueueBase.LOG2SIZE.of(4));
    e.set(A, Register.ECMDQ_PROD, EN | 1);
    assertEquals(CommandError.CERROR_ABT, e.reason(A));
    assertEquals(0, e.consumed(A));
    assertTrue(e.inError(A) && e.pageError());
    e.acknowledge(A);
    assertTrue(e.inError(A), "7.1: fetched again, and aborted again");
    assertEquals(0, EcmdqCons.ERR.get(e.get(A, Register.ECMDQ_CONS)));
  }

  /** 3.5.6.3: ENACK is updated in spite of an error; then it can be made consistent. */
  @Test
  void aQueueInErrorIsDisabledAndStartedAnew() {
    e.start(A);
    e.command(A, ILLEGAL, 0);
    e.set(A, Register.ECMDQ_PROD, 1);
    assertFalse(e.enabled(A));
    assertEquals(ERR | CommandError.CERROR_ILL << 24, e.get(A, Register.ECMDQ_CONS), "stable");
    e.set(A, Register.ECMDQ_CONS, 0);
    e.set(A, Register.ECMDQ_PROD, EN);
    assertFalse(e.inError(A));
    e.command(A, SYNC, 0);
    assertEquals(1, e.consumed(A));
  }

  /** 3.5.6.3: what is made to mismatch is CONSTRAINED UNPREDICTABLE; here it consumes nothing. */
  @Test
  void aMismatchThatSoftwareMadeStopsTheQueue() {
    e.start(A);
    e.set(A, Register.ECMDQ_PROD, EN | ERR);
    e.command(A, SYNC, 0);
    assertEquals(0, e.consumed(A));
    e.acknowledge(A);
    assertEquals(1, e.consumed(A));
    assertFalse(e.pageError());
  }

  @Test
  void prodMayMoveBackWhileInError() {
    e.start(A);
    rig.store(EnhancedRig.commands(A), SYNC, 0, ILLEGAL, 0);
    e.produce(A, 2);
    e.produce(A, 1);
    e.acknowledge(A);
    assertEquals(1, e.consumed(A));
    assertFalse(e.inError(A));
  }

  @Test
  void indexesOutOfStepAreStillBounded() {
    for (int index = 0; index < 8; index++) {
      rig.store(EnhancedRig.commands(A) + index * 16, SYNC, 0);
    }
    e.set(A, Register.ECMDQ_BASE, EnhancedRig.commands(A) | EnhancedRig.LOG2);
    e.set(A, Register.ECMDQ_CONS, 3);
    e.set(A, Register.ECMDQ_PROD, EN | 2);
    assertEquals(2, e.consumed(A));
    assertEquals(15, rig.smmu.counters().commands());
  }

  private void message(int from, int index, int to, long prod) {
    rig.store(
        EnhancedRig.commands(from) + index * 16L,
        SYNC | Sync.CS.of(Sync.CS_IRQ) | prod << 32,
        Rig.REGISTERS + e.at(to, Register.ECMDQ_PROD));
  }

  /** A CMD_SYNC's MSI may be another queue's doorbell: that is consumed too, in its turn. */
  @Test
  void aMessageToAnotherDoorbellIsFollowed() {
    e.start(A).start(B);
    message(A, 0, B, EN | 1);
    message(B, 0, 5, EN | 1);
    e.start(5);
    rig.store(EnhancedRig.commands(5), SYNC, 0);
    e.produce(A, 1);
    assertEquals(1, e.consumed(A));
    assertEquals(1, e.consumed(B));
    assertEquals(1, e.consumed(5));
    assertEquals(3, rig.smmu.counters().commands());
  }

  /** Two queues that ring each other's doorbell for ever hold a write for so long only. */
  @Test
  void queuesThatRingEachOtherAreBounded() {
    e.start(A).start(B);
    for (int index = 0; index < 8; index++) {
      message(A, index, B, EN | (index & 1) << 3 | index);
      message(B, index, A, EN | (index + 1 & 1) << 3 | index);
    }
    e.produce(A, 8);
    long commands = rig.smmu.counters().commands();
    assertTrue(commands > 8, "they do ring");
    assertTrue(commands <= 33 * 16, () -> commands + " commands");
    e.start(5);
    e.command(5, SYNC, 0);
    assertEquals(1, e.consumed(5), "and the next write is served");
    assertTrue(rig.smmu.counters().commands() > commands + 1, "with what was left waiting");
  }

  /** 6.3.11.2: CR1.QUEUE_* is read-only while any of the queues is enabled. */
  @Test
  void queueAttributesAreGuarded() {
    rig.set(Register.CR0, 0);
    rig.set(Register.CR1, 0x3f);
    assertEquals(0x3f, rig.get(Register.CR1));
    e.start(B).start(A);
    rig.set(Register.CR1, 0);
    assertEquals(0x3f, rig.get(Register.CR1));
    e.set(A, Register.ECMDQ_PROD, 0);
    rig.set(Register.CR1, 0xfc0);
    assertEquals(0xfff, rig.get(Register.CR1), "TABLE_* has a guard of its own");
    e.set(B, Register.ECMDQ_PROD, 0);
    rig.set(Register.CR1, 0);
    assertEquals(0, rig.get(Register.CR1));
  }

  /** 6.3.107 to 6.3.109: EN, ENACK, ERR, ERRACK reset to 0, the rest to UNKNOWN values. */
  @Test
  void powerIsLostWithAllOfIt() {
    e.start(A);
    e.command(A, ILLEGAL, 0);
    rig.smmu.power(false);
    rig.smmu.power(true);
    assertFalse(e.enabled(A));
    assertFalse(e.inError(A));
    assertFalse(e.pageError());
    assertEquals(0xf_ffff, e.get(A, Register.ECMDQ_PROD));
    assertEquals(7 << 24 | 0xf_ffff, e.get(A, Register.ECMDQ_CONS));
    rig.set(Register.CR1, 0x3f);
    rig.set(Register.CR1, 0);
    assertEquals(0, rig.get(Register.CR1), "no queue is counted as enabled");
    e.start(A);
    e.command(A, SYNC, 0);
    assertEquals(1, e.consumed(A));
  }

  /** 3.9.1.4: what had not completed when power was lost is no error of a later CMD_SYNC. */
  @Test
  void powerIsLostWithTimeOuts() {
    e.start(A);
    rig.clients.deaf = true;
    e.command(A, Opcode.ATC_INV, 0, 0);
    rig.command(Opcode.ATC_INV, 0, 0);
    rig.smmu.power(false);
    rig.smmu.power(true);
    e.start(A);
    e.command(A, SYNC, 0);
    assertFalse(e.inError(A));
    assertEquals(1, e.consumed(A));
    rig.start(4);
    rig.set(Register.CR0, 0);
    rig.set(Register.CMDQ_PROD, 0);
    rig.set(Register.CMDQ_CONS, 0);
    rig.set(Register.CR0, Cr0.CMDQEN.mask());
    rig.command(Opcode.SYNC, 0, 0);
    assertEquals(1, rig.get(Register.CMDQ_CONS));
  }

  @Test
  void allOfItIsUndone() {
    e.start(A);
    long before = rig.store.fingerprint();
    long mark = rig.store.mark();
    e.start(B);
    e.command(B, ILLEGAL, 0);
    e.command(A, SYNC, 0);
    e.set(A, Register.ECMDQ_PROD, 0);
    rig.store.undo(mark);
    assertEquals(before, rig.store.fingerprint());
    assertTrue(e.enabled(A));
    assertFalse(e.enabled(B));
    assertEquals(EN, EcmdqProd.EN.inPlace(e.get(A, Register.ECMDQ_PROD)));
  }
}
