package portcullis.hyp.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Sync;
import portcullis.arch.smmu.Tlbi;
import portcullis.hyp.Status;
import portcullis.hyp.smmuv3.CommandPolicy.Row;
import portcullis.hyp.smmuv3.CommandPolicy.Verdict;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.platform.WiredInterrupt;
import portcullis.platform.trace.TraceEvent;

class HostCommandQueueTest {
  private final Fixture f = new Fixture();

  private long error() {
    return (f.read(Register.GERROR) ^ f.read(Register.GERRORN)) & Gerror.CMDQ_ERR.mask();
  }

  private long err() {
    return CmdqCons.ERR.get(f.read(Register.CMDQ_CONS));
  }

  private long rd() {
    return CmdqCons.RD.get(f.read(Register.CMDQ_CONS));
  }

  @Test
  void everyOpcodeFollowsItsRow() {
    for (int code = 0; code < 0x100; code++) {
      Fixture fixture = new Fixture();
      fixture.boot().enableCommands();
      CommandPolicy.Rule rule = CommandPolicy.DEFAULT.rule(code);
      boolean refused =
          rule.verdict() == Verdict.REFUSE
              && (Opcode.of(code) == null) == (rule.row().opcode() == null);
      List<FakeSmmu.Consumed> given = fixture.submit(code, 0);
      boolean error = Gerror.CMDQ_ERR.isSet(fixture.read(Register.GERROR));
      assertEquals(refused, error, rule.row().name());
      assertEquals(refused ? 0 : 1, given.size(), rule.row().name());
      if (!refused) {
        assertEquals(Opcode.of(code), given.getFirst().opcode());
      }
    }
  }

  @Test
  void commandsOfWhatIsHiddenAreRefused() {
    for (Opcode opcode :
        List.of(
            Opcode.TLBI_S2_IPA,
            Opcode.TLBI_S12_VMALL,
            Opcode.TLBI_EL2_ALL,
            Opcode.TLBI_EL3_ALL,
            Opcode.CFGI_VMS_PIDM,
            Opcode.DPTI_ALL)) {
      assertEquals(Verdict.REFUSE, CommandPolicy.DEFAULT.rule(opcode.code()).verdict());
    }
  }

  @Test
  void theSyncThatReachesHardwareHasNoMessage() {
    f.boot().enableCommands();
    long word0 =
        Fixture.command(Opcode.SYNC)
            | Sync.CS.of(Sync.CS_IRQ)
            | Sync.MSIDATA.of(0xdead)
            | Sync.MSH.of(3)
            | Sync.MSIATTR.of(0xf);
    FakeSmmu.Consumed sync = f.submit(word0, Fixture.CARVE_OUT).getFirst();
    assertEquals(List.of(WiredInterrupt.CMDQ_SYNC), f.platform.interrupts, "IHI 0070 4.7.3");
    assertEquals(new FakeSmmu.Consumed(Fixture.command(Opcode.SYNC), 0), sync);
    sync = f.submit(Fixture.command(Opcode.SYNC) | Sync.CS.of(Sync.CS_SEV), -1).getFirst();
    assertEquals(
        new FakeSmmu.Consumed(Fixture.command(Opcode.SYNC) | Sync.CS.of(Sync.CS_SEV), 0), sync);
    f.submit(Fixture.command(Opcode.SYNC) | Sync.CS.of(3), 0);
    assertEquals(CommandError.CERROR_ILL, err());
  }

  @Test
  void anEventIsAskedForOnlyWhereTheSmmuCanSendOne() {
    f.hardware.set(Register.IDR0, Idr0.SEV.with(f.hardware.get(Register.IDR0), 0));
    f.boot().enableCommands();
    assertEquals(
        new FakeSmmu.Consumed(Fixture.command(Opcode.SYNC), 0),
        f.submit(Fixture.command(Opcode.SYNC) | Sync.CS.of(Sync.CS_SEV), 0).getFirst());
  }

  @Test
  void everyPageOfALargeQueueIsPinned() {
    f.hardware.set(Register.IDR1, Idr1.CMDQS.with(f.hardware.get(Register.IDR1), 10));
    f.boot();
    f.write(Register.CMDQ_BASE, Fixture.QUEUE | QueueBase.LOG2SIZE.of(10));
    f.write(Register.CR0, Cr0.CMDQEN.mask());
    for (int page = 0; page < 4; page++) {
      assertEquals(Status.BUSY, f.donate(Fixture.QUEUE + page * 0x1000L), "page " + page);
    }
    assertEquals(Status.OK, f.donate(Fixture.QUEUE + 4 * 0x1000L));
    assertEquals(Status.OK, f.donate(Fixture.QUEUE - 0x1000L));
  }

  /** EL2's own commands, more of them than its queue holds, each arrive once and in order. */
  @Test
  void theShadowQueueIsPublishedWhenItIsFull() {
    f.hardware.set(Register.IDR1, Idr1.CMDQS.with(f.hardware.get(Register.IDR1), 2));
    f.hardware.set(Register.IDR3, 0); // no ranges: a command for each page
    f.boot();
    int guest = f.pages.createGuest();
    assertEquals(
        Status.OK,
        f.pages.donate(guest, (Fixture.RAM + 0x1f_f000) >>> 12, 1),
        "the block is split");
    int before = f.hardware.consumed.size();
    assertEquals(Status.OK, f.pages.donate(guest, Fixture.RAM >>> 12, 100));
    List<Long> invalidated =
        f.hardware.consumed.subList(before, f.hardware.consumed.size()).stream()
            .filter(command -> command.opcode() == Opcode.TLBI_S2_IPA)
            .map(command -> command.word1() & ~0xfffL)
            .toList();
    assertEquals(
        java.util.stream.LongStream.range(0, 100)
            .mapToObj(page -> Fixture.RAM + (page << 12))
            .toList(),
        invalidated);
  }

  @Test
  void aCopiedSyncCarriesTheHostsAddress() {
    f.policy =
        SmmuPolicy.DEFAULT.with(new Row(Opcode.SYNC, Verdict.COPY, "forwarded as it came, as v6"));
    f.boot().enableCommands();
    long word0 = Fixture.command(Opcode.SYNC) | Sync.CS.of(Sync.CS_IRQ);
    assertEquals(
        new FakeSmmu.Consumed(word0, Fixture.CARVE_OUT),
        f.submit(word0, Fixture.CARVE_OUT).getFirst());
  }

  @Test
  void tlbiNamesTheHostsVmidAlways() {
    f.boot().enableCommands();
    long word0 = Fixture.command(Opcode.TLBI_NH_ASID) | Tlbi.VMID.of(7) | Tlbi.ASID.of(9);
    assertEquals(
        new FakeSmmu.Consumed(Fixture.command(Opcode.TLBI_NH_ASID) | Tlbi.ASID.of(9), 0),
        f.submit(word0, 0).getFirst());
  }

  @Test
  void rangeFieldsPassOnlyWhereTheSmmuHasThem() {
    long word0 = Fixture.command(Opcode.TLBI_NH_VA) | Tlbi.NUM.of(3) | Tlbi.SCALE.of(1);
    long word1 = 0x1000 | Tlbi.TG.of(1) | Tlbi.TTL.of(3);
    f.boot().enableCommands();
    assertEquals(new FakeSmmu.Consumed(word0, word1), f.submit(word0, word1).getFirst());
    Fixture plain = new Fixture();
    plain.hardware.set(Register.IDR3, 0);
    plain.boot().enableCommands();
    assertEquals(
        new FakeSmmu.Consumed(Fixture.command(Opcode.TLBI_NH_VA), 0x1000),
        plain.submit(word0, word1).getFirst());
  }

  @Test
  void secureStreamsAreRefused() {
    f.boot().enableCommands();
    f.submit(Fixture.command(Opcode.CFGI_STE) | Cfgi.SSEC.of(1), 1);
    assertEquals(CommandError.CERROR_ILL, err());
  }

  @Test
  void resumeNeedsAStallModel() {
    f.hardware.set(Register.IDR0, Idr0.STALL_MODEL.with(f.hardware.get(Register.IDR0), 1));
    f.boot().enableCommands();
    f.submit(Fixture.command(Opcode.RESUME), 0);
    assertEquals(CommandError.CERROR_ILL, err());
  }

  @Test
  void aRefusalStopsTheQueueUntilAcknowledged() {
    f.boot().enableCommands();
    long nh = Fixture.command(Opcode.TLBI_NH_ALL);
    var given = f.submit(nh, 0, Fixture.command(Opcode.TLBI_S2_IPA), 0, nh, 0);
    assertEquals(1, given.size(), "what came before is carried out");
    assertEquals(Gerror.CMDQ_ERR.mask(), error());
    assertEquals(CommandError.CERROR_ILL, err());
    assertEquals(1, rd());
    assertEquals(0, f.submit(nh, 0).size(), "nothing more until acknowledged");

    f.memory.write64(Fixture.QUEUE + 16, Fixture.command(Opcode.SYNC));
    int before = f.hardware.consumed.size();
    f.write(Register.GERRORN, f.read(Register.GERROR));
    assertEquals(0, error());
    assertEquals(4, rd());
    assertEquals(
        List.of(Opcode.SYNC, Opcode.TLBI_NH_ALL, Opcode.TLBI_NH_ALL),
        f.hardware.consumed.subList(before, f.hardware.consumed.size()).stream()
            .map(FakeSmmu.Consumed::opcode)
            .toList());
    assertEquals(1, f.driver.counters(0).commandsRefused());
  }

  @Test
  void theQueueWraps() {
    f.boot().enableCommands();
    for (int i = 0; i < 100; i++) {
      var given =
          f.submit(
              Fixture.command(Opcode.TLBI_NH_ASID) | Tlbi.ASID.of(i),
              0,
              Fixture.command(Opcode.SYNC),
              0);
      assertEquals(i, Tlbi.ASID.get(given.get(0).word0()));
      assertEquals(f.prod, rd());
    }
    assertEquals(0, error());
  }

  @Test
  void absurdIndicesAreBounded() {
    f.boot().enableCommands();
    f.write(Register.CMDQ_PROD, 0xfffff);
    assertTrue(f.driver.counters(0).commandsForwarded() == 0, "more than a queue ahead");
    f.write(Register.CMDQ_PROD, 0xfff00 | (1 << Fixture.QUEUE_LOG2));
    assertEquals(Gerror.CMDQ_ERR.mask(), error(), "a full queue of zeros: opcode 0 is illegal");
  }

  @Test
  void aLongQueueIsHandledInBatches() {
    f.hardware.set(
        Register.IDR1, portcullis.arch.smmu.Idr1.CMDQS.with(f.hardware.get(Register.IDR1), 10));
    f.boot();
    f.write(Register.CMDQ_BASE, Fixture.QUEUE | QueueBase.LOG2SIZE.of(10));
    f.write(Register.CR0, Cr0.CMDQEN.mask());
    for (int i = 0; i < 1000; i++) {
      f.memory.write64(Fixture.QUEUE + i * 16, Fixture.command(Opcode.TLBI_NH_ALL));
    }
    f.write(Register.CMDQ_PROD, 1000);
    assertEquals(HostCommandQueue.BATCH, f.driver.counters(0).commandsForwarded());
    for (int polls = 0; rd() != 1000; polls++) {
      assertTrue(polls < 8);
    }
    assertEquals(1000, f.driver.counters(0).commandsForwarded());
  }

  @Test
  void aQueueInProtectedMemoryBehavesAsAnAbortedFetch() {
    f.boot();
    f.write(Register.CMDQ_BASE, Fixture.CARVE_OUT | QueueBase.LOG2SIZE.of(4));
    f.write(Register.CR0, Cr0.CMDQEN.mask());
    assertEquals(Cr0.CMDQEN.mask(), f.read(Register.CR0ACK));
    assertEquals(0, error());
    f.write(Register.CMDQ_PROD, 1);
    assertEquals(Gerror.CMDQ_ERR.mask(), error());
    assertEquals(CommandError.CERROR_ABT, err());
    f.write(Register.GERRORN, f.read(Register.GERROR));
    assertEquals(CommandError.CERROR_ABT, err(), "and again");
    assertEquals(Gerror.CMDQ_ERR.mask(), error());
  }

  @Test
  void noQueueBaseThrows() {
    for (long base : new long[] {0, Fixture.SMMU0, 0xf_ffff_ffff_ffe0L, -1, Fixture.RAM_END - 32}) {
      Fixture fixture = new Fixture().boot();
      fixture.write(Register.CMDQ_BASE, base);
      fixture.write(Register.CR0, Cr0.CMDQEN.mask());
      fixture.write(Register.CMDQ_PROD, 1);
      assertTrue(Gerror.CMDQ_ERR.isSet(fixture.read(Register.GERROR)));
    }
  }

  @Test
  void theQueueIsPinnedWhileEnabled() {
    f.boot().enableCommands();
    assertEquals(Status.BUSY, f.donate(Fixture.QUEUE));
    f.write(Register.CR0, 0);
    assertEquals(Status.OK, f.donate(Fixture.QUEUE));
  }

  @Test
  void anUnpinnedQueueCanBeDonatedUnderEl2() {
    f.policy =
        SmmuPolicy.DEFAULT.with(new ProtectionPolicy.Row(Measure.PIN_COMMAND_QUEUE, false, "bug"));
    f.boot().enableCommands();
    assertEquals(Status.OK, f.donate(Fixture.QUEUE));
  }

  @Test
  void whatHardwareRejectsIsShownToTheHost() {
    f.boot().enableCommands();
    f.hardware.illegal = command -> Tlbi.ASID.get(command.word0()) == 5;
    long asid = Fixture.command(Opcode.TLBI_NH_ASID);
    f.submit(asid, 0, asid | Tlbi.ASID.of(5), 0, asid, 0);
    assertEquals(Gerror.CMDQ_ERR.mask(), error());
    assertEquals(CommandError.CERROR_ILL, err());
    assertEquals(1, rd());
    assertEquals(1, f.driver.counters(0).errors());
    assertFalse(
        Gerror.CMDQ_ERR.isSet(f.hardware.get(Register.GERROR) ^ f.hardware.get(Register.GERRORN)),
        "hardware goes on");
  }

  /** What takes the rejected one's place carries nothing of it. */
  @Test
  void aRejectedCommandBecomesAPlainSync() {
    f.boot().enableCommands();
    f.hardware.illegal = command -> command.opcode() == Opcode.TLBI_NH_VA;
    f.submit(Fixture.command(Opcode.TLBI_NH_VA), 0xcafe_f000L);
    assertEquals(
        new FakeSmmu.Consumed(Fixture.command(Opcode.SYNC), 0), f.hardware.consumed.getLast());
  }

  @Test
  void silentHardwareEndsInATimeoutAndIsTriedAgain() {
    f.boot().enableCommands();
    f.hardware.stalled = true;
    f.submit(Fixture.command(Opcode.TLBI_NH_ALL), 0);
    assertEquals(1, f.driver.counters(0).timeouts());
    f.hardware.stalled = false;
    assertEquals(1, rd(), "the host's poll goes on");
    assertEquals(0, error());
  }

  @Test
  void silentHardwareAndAFullQueueEndInATimeout() {
    f.boot().enableCommands();
    f.hardware.stalled = true;
    long nh = Fixture.command(Opcode.TLBI_NH_ALL);
    f.submit(nh, 0, nh, 0, nh, 0, nh, 0, nh, 0, nh, 0, nh, 0, nh, 0);
    for (int i = 0; i < 40; i++) {
      long before = f.platform.clock().nanos();
      assertEquals(0, rd());
      long waited = f.platform.clock().nanos() - before;
      assertTrue(waited < 3 * Patience.TIMEOUT_NANOS, waited + " ns in one trap");
    }
    f.hardware.stalled = false;
    assertEquals(8, rd());
    assertEquals(0, error());
  }

  @Test
  void whatHardwareRejectedOfAQueueIsNotHeldAgainstTheNext() {
    f.boot().enableCommands();
    f.hardware.stalled = true;
    f.submit(Fixture.command(Opcode.TLBI_NH_ALL), 0, Fixture.command(Opcode.TLBI_NH_ALL), 0);
    f.write(Register.CR0, 0);
    f.hardware.illegal = command -> command.opcode() == Opcode.TLBI_NH_ALL;
    f.hardware.stalled = false;
    f.hardware.consume();
    assertEquals(Status.OK, f.pages.pin(Fixture.RAM, 1));
    f.donate(Fixture.RAM + 0x1000); // waits, and so learns of the rejections
    f.prod = 0;
    f.enableCommands();
    f.submit(Fixture.command(Opcode.SYNC), 0);
    assertEquals(0, error());
    assertEquals(1, rd());
  }

  @Test
  void eachWordIsReadOnce() {
    f.boot().enableCommands();
    f.memory.write64(Fixture.QUEUE, Fixture.command(Opcode.TLBI_NH_ALL));
    int[] reads = {0};
    f.memory.onRead = address -> reads[0] += address == Fixture.QUEUE ? 1 : 0;
    f.write(Register.CMDQ_PROD, 1);
    assertEquals(1, reads[0]);
  }

  @Test
  void commandsAreTracedOnBothSides() {
    f.boot().enableCommands();
    f.platform.traced = true;
    f.submit(Fixture.command(Opcode.SYNC) | Sync.CS.of(Sync.CS_IRQ), 4);
    var commands =
        f.platform.events.stream()
            .filter(TraceEvent.Command.class::isInstance)
            .map(TraceEvent.Command.class::cast)
            .toList();
    assertEquals("host", commands.get(0).from());
    assertEquals(4, commands.get(0).word1());
    assertEquals("hyp", commands.get(1).from());
    assertEquals(0, commands.get(1).word1());
    assertEquals("CMD_SYNC", commands.get(1).name());
    assertEquals("issue", commands.get(1).verdict());
  }
}
