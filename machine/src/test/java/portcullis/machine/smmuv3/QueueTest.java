package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.Sync;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;
import portcullis.machine.smmuv3.registers.QueueIndex;

/**
 * Command and event queues: indexes, errors, recovery, interrupts (IHI 0070 3.5, 4.1, 7.1 to 7.5).
 */
class QueueTest {
  private static final int SYNC = 0x46;

  private final Rig rig = new Rig().start(4);

  private long consumed() {
    return CmdqCons.RD.get(rig.get(Register.CMDQ_CONS));
  }

  private long error() {
    return CmdqCons.ERR.get(rig.get(Register.CMDQ_CONS));
  }

  private boolean active(int bit) {
    return ((rig.get(Register.GERROR) ^ rig.get(Register.GERRORN)) >>> bit & 1) != 0;
  }

  private void acknowledge() {
    rig.set(Register.GERRORN, rig.get(Register.GERROR));
  }

  @Test
  void commandsAreConsumedRoundTheWrap() {
    for (int command = 1; command <= 100; command++) {
      rig.command(SYNC, 0);
      assertEquals(command & 0x1f, consumed());
    }
    assertEquals(100, rig.smmu.counters().commands(Opcode.SYNC));
    assertEquals(100, rig.smmu.counters().commands());
  }

  @Test
  void fullQueueIsConsumedAtOneDoorbell() {
    for (int index = 0; index < 16; index++) {
      rig.store(Rig.COMMANDS + index * 16, SYNC, 0);
    }
    rig.set(Register.CMDQ_PROD, 16);
    assertEquals(16, consumed());
    assertEquals(16, rig.smmu.counters().commands(Opcode.SYNC));
  }

  @Test
  void nothingIsConsumedWhileDisabled() {
    rig.set(Register.CR0, 0);
    rig.store(Rig.COMMANDS, SYNC, 0);
    rig.set(Register.CMDQ_PROD, 1);
    assertEquals(0, consumed());
    rig.set(Register.CR0, 1 << 3);
    assertEquals(1, consumed(), "enabling consumes what is there");
  }

  @Test
  void indexesOutOfStepAreStillBounded() {
    rig.set(Register.CR0, 0);
    rig.set(Register.CMDQ_CONS, 3);
    for (int index = 0; index < 16; index++) {
      rig.store(Rig.COMMANDS + index * 16, SYNC, 0);
    }
    rig.set(Register.CMDQ_PROD, 2);
    rig.set(Register.CR0, 1 << 3);
    assertEquals(2, consumed());
    assertEquals(31, rig.smmu.counters().commands());
  }

  @Test
  void illegalCommandStopsTheQueueUntilAcknowledged() {
    rig.store(Rig.COMMANDS, SYNC, 0, 0xff, 0, SYNC, 0);
    rig.set(Register.CMDQ_PROD, 3);
    assertEquals(1, consumed(), "CONS points at the command in error");
    assertEquals(CommandError.CERROR_ILL, error());
    assertTrue(active(0));
    assertEquals(1, rig.signals(InterruptLine.GERROR));

    rig.set(Register.CMDQ_PROD, 3);
    assertEquals(1, consumed(), "still in error");
    assertEquals(1, rig.signals(InterruptLine.GERROR));

    rig.store(Rig.COMMANDS + 16, SYNC, 0);
    acknowledge();
    assertFalse(active(0));
    assertEquals(3, consumed(), "acknowledging restarts by itself");
    assertEquals(3, rig.smmu.counters().commands());
  }

  @Test
  void errorsToggleBothWays() {
    for (int round = 0; round < 3; round++) {
      rig.command(0xff, 0);
      assertTrue(active(0));
      rig.store(Rig.COMMANDS + (consumed() & 15) * 16, SYNC, 0);
      acknowledge();
    }
    assertEquals(1, rig.get(Register.GERROR) & 1);
    assertEquals(3, rig.signals(InterruptLine.GERROR));
  }

  @Test
  void fetchFromNowhereIsAnAbort() {
    rig.set(Register.CR0, 0);
    rig.set(Register.CMDQ_BASE, Rig.HOLE | QueueBase.LOG2SIZE.of(4));
    rig.set(Register.CR0, 1 << 3);
    rig.set(Register.CMDQ_PROD, 1);
    assertEquals(CommandError.CERROR_ABT, error());
    assertEquals(0, consumed());
    assertTrue(active(0));
  }

  @Test
  void abortedFetchIsRepeatedOnceAcknowledged() {
    rig.set(Register.CR0, 0);
    rig.set(Register.CMDQ_BASE, Rig.HOLE_END - 32 | QueueBase.LOG2SIZE.of(1));
    rig.set(Register.CR0, 1 << 3);
    rig.set(Register.CMDQ_PROD, 1);
    assertEquals(CommandError.CERROR_ABT, error());
    acknowledge();
    assertTrue(active(0), "7.1: fetched again, and aborted again");
    assertEquals(2, rig.signals(InterruptLine.GERROR));
    rig.set(Register.CR0, 0);
    rig.set(Register.CMDQ_BASE, Rig.COMMANDS | QueueBase.LOG2SIZE.of(1));
    rig.store(Rig.COMMANDS, SYNC, 0);
    rig.set(Register.CR0, 1 << 3);
    assertEquals(0, consumed(), "CMDQEN acknowledges nothing (6.3.28)");
    acknowledge();
    assertEquals(1, consumed());
  }

  /** A queue is as large as its register says, up to what IDR1 offers (6.3.26, 6.3.29). */
  @Test
  void queuesAreCappedAtTheSizeOffered() {
    Profile small =
        Profiles.plain().with(Register.IDR1, Idr1.CMDQS, 1).with(Register.IDR1, Idr1.EVENTQS, 1);
    Rig capped = new Rig(small).start(4);
    for (int command = 1; command <= 9; command++) {
      long index = command - 1 & 1;
      capped.store(Rig.COMMANDS + index * 16, SYNC, 0, 0);
      capped.set(Register.CMDQ_PROD, command & 3);
      assertEquals(command & 3, CmdqCons.RD.get(capped.get(Register.CMDQ_CONS)));
      capped.reads(5, command);
      assertEquals(command & 3, capped.get(Register.EVENTQ_PROD));
      capped.set(Register.EVENTQ_CONS, command & 3);
    }
    assertEquals(0, capped.read(Rig.EVENTS + 64, 8), "a third event is at the first's place");
    assertEquals(4, QueueBase.LOG2SIZE.get(capped.get(Register.CMDQ_BASE)), "reads as written");
  }

  @Test
  void aQueueOfOneEntryIsAllWrap() {
    Rig one = new Rig(Profiles.plain()).start(4);
    one.set(Register.CR0, 1);
    one.set(Register.CMDQ_BASE, Rig.COMMANDS);
    one.set(Register.EVENTQ_BASE, Rig.EVENTS);
    one.set(Register.CR0, 0xd);
    one.store(Rig.COMMANDS, SYNC, 0);
    for (int round = 1; round <= 3; round++) {
      one.set(Register.CMDQ_PROD, round & 1);
      assertEquals(round & 1, CmdqCons.RD.get(one.get(Register.CMDQ_CONS)));
    }
    assertEquals(3, one.smmu.counters().commands());
    one.reads(5, 0);
    assertEquals(1, one.get(Register.EVENTQ_PROD));
    one.reads(5, 0);
    assertEquals(1L << 31 | 1, one.get(Register.EVENTQ_PROD), "full");
  }

  @Test
  void prodMayMoveBackWhileInError() {
    rig.store(Rig.COMMANDS, SYNC, 0, 0xff, 0);
    rig.set(Register.CMDQ_PROD, 2);
    rig.set(Register.CMDQ_PROD, 1);
    acknowledge();
    assertEquals(1, consumed());
    assertFalse(active(0));
  }

  @Test
  void reservedOpcodesAreIllegal() {
    for (int code = 0; code < 256; code++) {
      if (Opcode.of(code) == null) {
        assertIllegal(Profile.GENERIC, code, 0);
      }
    }
  }

  @Test
  void secureStreamsAreIllegal() {
    for (int code : new int[] {0x01, 0x02, 0x03, 0x04, 0x05, 0x06}) {
      assertLegal(Profile.GENERIC, code, 0);
      assertIllegal(Profile.GENERIC, code | 1 << 10, 0);
    }
  }

  @Test
  void rangeWithoutSizeOrLevelIsReserved() {
    for (int code : new int[] {0x12, 0x13, 0x2a}) {
      assertIllegal(Profile.GENERIC, code, Tlbi.TG.of(1));
      assertLegal(Profile.GENERIC, code, Tlbi.TG.of(1) | Tlbi.TTL.of(3));
      assertLegal(Profile.GENERIC, code | Tlbi.NUM.of(1), Tlbi.TG.of(1));
      assertLegal(Profile.GENERIC, code | Tlbi.SCALE.of(1), Tlbi.TG.of(1));
      assertIllegal(Profile.GENERIC, code, Tlbi.TG.of(2) | Tlbi.TTL.of(1));
      assertLegal(Profile.MMU_600_R2, code, Tlbi.TG.of(1));
    }
    assertFalse(Idr3.RIL.isSet(Profile.MMU_600_R2.idr3()));
  }

  private static void assertIllegal(Profile profile, long word0, long word1) {
    assertEquals(CommandError.CERROR_ILL, outcome(profile, word0, word1), () -> describe(word0));
  }

  private static void assertLegal(Profile profile, long word0, long word1) {
    assertEquals(CommandError.CERROR_NONE, outcome(profile, word0, word1), () -> describe(word0));
  }

  private static String describe(long word0) {
    return "command 0x" + Long.toHexString(word0);
  }

  private static long outcome(Profile profile, long word0, long word1) {
    Rig fresh = new Rig(profile.withStreamIdBits(4)).start(4);
    fresh.command(word0, word1);
    return CmdqCons.ERR.get(fresh.get(Register.CMDQ_CONS));
  }

  @Test
  void syncSignals() {
    rig.command(SYNC, 0);
    rig.command(SYNC | Sync.CS.of(Sync.CS_SEV), 0);
    assertEquals(0, rig.signals(InterruptLine.CMDQ_SYNC));
    rig.command(SYNC | Sync.CS.of(Sync.CS_IRQ), 0);
    assertEquals(1, rig.signals(InterruptLine.CMDQ_SYNC));
    rig.command(SYNC | Sync.CS.of(Sync.CS_IRQ) | 0xcafeL << 32, 0x9_0004);
    assertEquals(0xcafe, rig.read(0x9_0004, 4));
    assertEquals(0, rig.read(0x9_0000, 4), "the MSI is four bytes");
    rig.command(SYNC | Sync.CS.of(3), 0);
    assertEquals(CommandError.CERROR_ILL, error());
  }

  @Test
  void syncMsiToNowhereIsAGlobalErrorAndTheCommandCompletes() {
    rig.command(SYNC | Sync.CS.of(Sync.CS_IRQ) | 1L << 32, Rig.HOLE);
    assertTrue(active(4), "MSI_CMDQ_ABT_ERR");
    assertFalse(active(0));
    assertEquals(1, consumed());
  }

  @Test
  void syncMsiToItsOwnDoorbellStartsNoSecondConsumer() {
    long doorbell = Rig.REGISTERS + Register.CMDQ_PROD.offset();
    rig.store(Rig.COMMANDS, SYNC | Sync.CS.of(Sync.CS_IRQ) | 3L << 32, doorbell, SYNC, 0, SYNC, 0);
    rig.set(Register.CMDQ_PROD, 1);
    assertEquals(3, consumed(), "what it produced is consumed");
    assertEquals(3, rig.smmu.counters().commands(), "once");
  }

  @Test
  void withoutMsiTheAddressIsIgnored() {
    Rig qemu = new Rig(Profile.QEMU_11).start(4);
    qemu.command(SYNC | Sync.CS.of(Sync.CS_IRQ) | 1L << 32, 0x9_0000);
    assertEquals(0, qemu.read(0x9_0000, 4));
    assertEquals(1, qemu.signals(InterruptLine.CMDQ_SYNC));
  }

  @Test
  void eventsFillTheQueueThenOverflowOnce() {
    for (int event = 0; event < 8; event++) {
      rig.reads(5, event);
      assertEquals(event + 1, rig.get(Register.EVENTQ_PROD));
    }
    assertEquals(1, rig.signals(InterruptLine.EVENTQ), "only when it was empty");
    rig.reads(6, 0);
    assertEquals(1L << 31 | 8, rig.get(Register.EVENTQ_PROD), "OVFLG");
    rig.reads(6, 0);
    assertEquals(1L << 31 | 8, rig.get(Register.EVENTQ_PROD), "still the same overflow");
    for (int entry = 0; entry < 8; entry++) {
      assertEquals(5, rig.read(Rig.EVENTS + entry * 32 + 4, 4), "nothing was overwritten");
    }

    rig.set(Register.EVENTQ_CONS, 1L << 31 | 8);
    rig.reads(6, 0);
    assertEquals(1L << 31 | 9, rig.get(Register.EVENTQ_PROD));
    assertEquals(6, rig.read(Rig.EVENTS + 4, 4));
    assertEquals(2, rig.signals(InterruptLine.EVENTQ));
    for (int event = 0; event < 8; event++) {
      rig.reads(6, 0);
    }
    assertEquals(0, rig.get(Register.EVENTQ_PROD), "wrapped, and overflowed again");
  }

  @Test
  void eventsWithoutAWritableQueueAreLost() {
    rig.set(Register.CR0, 0x9);
    rig.reads(5, 0);
    assertEquals(0, rig.get(Register.EVENTQ_PROD));
    rig.set(Register.CR0, 0xd);
    rig.reads(5, 0);
    assertEquals(1, rig.get(Register.EVENTQ_PROD));
  }

  @Test
  void eventWriteToNowhereStopsTheQueue() {
    rig.set(Register.CR0, 0);
    rig.set(Register.EVENTQ_BASE, Rig.HOLE | QueueBase.LOG2SIZE.of(3));
    rig.set(Register.CR0, 0xd);
    rig.reads(5, 0);
    assertTrue(active(2), "EVENTQ_ABT_ERR");
    assertEquals(0, rig.get(Register.EVENTQ_PROD));
    assertEquals(1, rig.signals(InterruptLine.GERROR));
    rig.set(Register.CR0, 0);
    rig.set(Register.EVENTQ_BASE, Rig.EVENTS | QueueBase.LOG2SIZE.of(3));
    rig.set(Register.CR0, 0xd);
    rig.reads(5, 0);
    assertEquals(0, rig.get(Register.EVENTQ_PROD), "not before it is acknowledged");
    acknowledge();
    rig.reads(5, 0);
    assertEquals(1, rig.get(Register.EVENTQ_PROD));
  }

  @Test
  void interruptsAreGatedAndSentAsMsis() {
    rig.set(Register.IRQ_CTRL, 0);
    rig.reads(5, 0);
    rig.command(0xff, 0);
    assertTrue(rig.interrupts.isEmpty());
    rig.set(Register.EVENTQ_CONS, 1);
    rig.set(Register.EVENTQ_IRQ_CFG0, 0x9_0000);
    rig.set(Register.EVENTQ_IRQ_CFG1, 0x11);
    rig.set(Register.GERROR_IRQ_CFG0, 0x9_0008);
    rig.set(Register.GERROR_IRQ_CFG1, 0x22);
    rig.set(Register.IRQ_CTRL, IrqCtrl.GERROR_IRQEN.of(1) | IrqCtrl.EVENTQ_IRQEN.of(1));
    rig.reads(5, 0);
    acknowledge();
    assertEquals(0x11, rig.read(0x9_0000, 4));
    assertEquals(0x22, rig.read(0x9_0008, 4), "the command is still illegal");
    assertTrue(Gerror.CMDQ_ERR.isSet(rig.get(Register.GERROR) ^ rig.get(Register.GERRORN)));
  }

  /** The same page, access and stream make one record while it is the newest (7.3.1). */
  @Test
  void eventsMergeWhereTheStePermits() {
    Tables tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    for (int merge = 0; merge <= 1; merge++) {
      rig.stage1Stream(5, 1, tables);
      rig.poke(Rig.ste(5), Ste.MEV, merge);
      rig.command(Opcode.CFGI_STE, 5L << 32, 1);
      rig.set(Register.EVENTQ_CONS, rig.get(Register.EVENTQ_PROD));
      long start = rig.get(Register.EVENTQ_PROD);
      rig.reads(5, 0x5000);
      rig.reads(5, 0x5ff8);
      assertEquals(start + 2 - merge, rig.get(Register.EVENTQ_PROD), "one page");
      rig.reads(5, 0x6000);
      rig.access(5, 0x6000, AccessType.PRIVILEGED_WRITE);
      rig.access(5, 0x6000, AccessType.WRITE);
      long different = rig.get(Register.EVENTQ_PROD);
      assertEquals(start + 5 - merge, different, "other page, access, privilege");
      rig.set(Register.EVENTQ_CONS, different);
      rig.access(5, 0x6000, AccessType.WRITE);
      assertEquals(
          QueueIndex.of(different + 1, 3), rig.get(Register.EVENTQ_PROD), "consumed by then");
    }
  }

  @Test
  void mergedEventsDoNotOverflow() {
    rig.stage1Stream(5, 1, Tables.stage1(rig, Granule.SIZE_4K, 39));
    rig.poke(Rig.ste(5), Ste.MEV, 1);
    for (int event = 0; event < 8; event++) {
      rig.reads(5, event * 0x1000L);
    }
    rig.reads(5, 0x7000);
    assertEquals(8, rig.get(Register.EVENTQ_PROD), "no OVFLG: nothing was lost");
    rig.reads(5, 0x8000);
    assertEquals(1L << 31 | 8, rig.get(Register.EVENTQ_PROD));
  }

  @Test
  void translateAloneRecordsNothing() {
    assertFalse(rig.smmu.translate(5, Translation.NO_SUBSTREAM, 0, AccessType.READ, rig.out));
    assertEquals(0, rig.get(Register.EVENTQ_PROD));
    rig.smmu.record(rig.out);
    assertEquals(1, rig.get(Register.EVENTQ_PROD));
    assertEquals(1, rig.smmu.counters().faults());
  }
}
