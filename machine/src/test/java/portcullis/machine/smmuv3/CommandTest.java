package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.AtcInv;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Prefetch;
import portcullis.arch.smmu.PriResp;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Resume;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.Sync;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;

/** Which commands there are, what they tell devices, and how they end (IHI 0070 4, 7.1). */
class CommandTest {
  private static final int SID = 5;
  private static final long VA = 0x1234_5000L;

  private static long error(Rig rig) {
    return CmdqCons.ERR.get(rig.get(Register.CMDQ_CONS));
  }

  private static boolean active(Rig rig, portcullis.arch.Field error) {
    return error.isSet(rig.get(Register.GERROR) ^ rig.get(Register.GERRORN));
  }

  private static Set<Opcode> legal(Profile profile) {
    Set<Opcode> legal = EnumSet.noneOf(Opcode.class);
    for (Opcode opcode : Opcode.values()) {
      Rig rig = new Rig(profile).start(4);
      rig.command(opcode, 0, 0);
      if (error(rig) == CommandError.CERROR_NONE) {
        legal.add(opcode);
        assertEquals(1, rig.smmu.counters().commands(opcode));
      } else {
        assertEquals(CommandError.CERROR_ILL, error(rig));
        assertEquals(0, CmdqCons.RD.get(rig.get(Register.CMDQ_CONS)), "CONS stays (7.1)");
      }
    }
    return legal;
  }

  private static final Set<Opcode> ALWAYS =
      EnumSet.of(
          Opcode.PREFETCH_CONFIG,
          Opcode.PREFETCH_ADDR,
          Opcode.CFGI_STE,
          Opcode.CFGI_STE_RANGE,
          Opcode.TLBI_NSNH_ALL,
          Opcode.SYNC);

  private static final Set<Opcode> STAGE_1 =
      EnumSet.of(
          Opcode.CFGI_CD,
          Opcode.CFGI_CD_ALL,
          Opcode.TLBI_NH_ALL,
          Opcode.TLBI_NH_ASID,
          Opcode.TLBI_NH_VA,
          Opcode.TLBI_NH_VAA);

  private static final Set<Opcode> STAGE_2 = EnumSet.of(Opcode.TLBI_S12_VMALL, Opcode.TLBI_S2_IPA);

  private static final Set<Opcode> EL2 =
      EnumSet.of(
          Opcode.TLBI_EL2_ALL, Opcode.TLBI_EL2_ASID, Opcode.TLBI_EL2_VA, Opcode.TLBI_EL2_VAA);

  @SafeVarargs
  private static Set<Opcode> union(Set<Opcode>... sets) {
    Set<Opcode> all = EnumSet.noneOf(Opcode.class);
    for (Set<Opcode> set : sets) {
      all.addAll(set);
    }
    return all;
  }

  @Test
  void eachFeatureBringsItsCommands() {
    Profile qemu = Profile.QEMU_11;
    assertEquals(union(ALWAYS, STAGE_1, STAGE_2), legal(qemu));
    assertEquals(union(ALWAYS, STAGE_1, STAGE_2, EL2), legal(Profiles.plain()), "4.4.2");
    Set<Opcode> base = union(ALWAYS, STAGE_1, STAGE_2, EL2);
    assertEquals(
        union(base, EnumSet.of(Opcode.ATC_INV, Opcode.PRI_RESP)), legal(Profiles.ats()), "4.5");
    for (int model : new int[] {Idr0.STALL_MODEL_BOTH, Idr0.STALL_MODEL_FORCED}) {
      assertEquals(
          union(base, EnumSet.of(Opcode.RESUME, Opcode.STALL_TERM)),
          legal(Profiles.stalling(model, 4)),
          "4.7");
    }
    assertEquals(union(ALWAYS, STAGE_2), legal(qemu.withoutStage1()), "4.3.3, 4.4.2");
    assertEquals(union(ALWAYS, STAGE_1), legal(qemu.withoutStage2()), "4.4.3");
  }

  @Test
  void secureStreamsAreIllegal() {
    Rig rig = new Rig(Profiles.stalling(Idr0.STALL_MODEL_BOTH, 4)).start(4);
    rig.command(Opcode.RESUME, Resume.SSEC.of(1), 0);
    assertEquals(CommandError.CERROR_ILL, error(rig), "4.1.6");
    rig = new Rig(Profiles.stalling(Idr0.STALL_MODEL_BOTH, 4)).start(4);
    rig.command(Opcode.STALL_TERM, Resume.SSEC.of(1), 0);
    assertEquals(CommandError.CERROR_ILL, error(rig));
  }

  @Test
  void atcInvalidationGoesToTheDevice() {
    Rig rig = new Rig(Profiles.ats()).start(4);
    long sid = AtcInv.STREAMID.of(SID);
    rig.command(Opcode.ATC_INV, sid, VA | 3);
    long tagged = sid | AtcInv.SSV.of(1) | AtcInv.SUBSTREAMID.of(7);
    rig.command(Opcode.ATC_INV, tagged, VA);
    rig.command(Opcode.ATC_INV, tagged | AtcInv.GLOBAL.of(1), VA | AtcInv.SIZE_ALL);
    rig.command(Opcode.ATC_INV, sid | AtcInv.GLOBAL.of(1) | AtcInv.SUBSTREAMID.of(7), VA);
    assertEquals(
        List.of(
            "invalidate 5 -1 false 0x12340000 3",
            "invalidate 5 7 false 0x12345000 0",
            "invalidate 5 7 true 0x0 52",
            "invalidate 5 -1 false 0x12345000 0"),
        rig.clients.take(),
        "4.5.1: aligned to the span; Global and SubstreamID count with SSV only");
    rig.command(Opcode.ATC_INV, sid, VA | 53);
    assertEquals(CommandError.CERROR_ILL, error(rig));
  }

  @Test
  void withoutTranslationDevicesHearNothing() {
    Rig rig = new Rig(Profiles.ats()).start(4);
    rig.set(Register.CR0, 0xc);
    rig.clients.deaf = true;
    rig.command(Opcode.ATC_INV, 0, 0);
    rig.command(Opcode.PRI_RESP, 0, 0);
    rig.command(Opcode.SYNC, 0, 0);
    assertEquals(List.of(), rig.clients.take(), "6.3.9.6");
    assertEquals(3, rig.smmu.counters().commands());
  }

  @Test
  void syncAfterATimeOutIsAnErrorOnce() {
    Rig rig = new Rig(Profiles.ats()).start(4);
    rig.clients.deaf = true;
    rig.command(Opcode.ATC_INV, 0, 0);
    assertEquals(1, rig.get(Register.CMDQ_CONS), "the command itself is consumed");
    rig.command(Opcode.SYNC, Sync.CS.of(Sync.CS_IRQ) | 7L << 32, 0x9_0000);
    assertEquals(CommandError.CERROR_ATC_INV_SYNC, error(rig), "3.9.1.4");
    assertEquals(1, CmdqCons.RD.get(rig.get(Register.CMDQ_CONS)), "CONS points at the CMD_SYNC");
    assertTrue(active(rig, Gerror.CMDQ_ERR));
    assertEquals(0, rig.signals(InterruptLine.CMDQ_SYNC));
    assertEquals(0, rig.read(0x9_0000, 4), "no completion signal (4.7.3)");

    rig.set(Register.GERRORN, rig.get(Register.GERROR));
    assertEquals(2, CmdqCons.RD.get(rig.get(Register.CMDQ_CONS)), "repeated, it completes");
    assertEquals(7, rig.read(0x9_0000, 4));
    rig.clients.deaf = false;
    rig.command(Opcode.ATC_INV, 0, 0);
    rig.command(Opcode.SYNC, 0, 0);
    assertEquals(4, CmdqCons.RD.get(rig.get(Register.CMDQ_CONS)));
    assertFalse(active(rig, Gerror.CMDQ_ERR));
  }

  @Test
  void pageResponsesGoToTheDevice() {
    Rig rig = new Rig(Profiles.ats()).start(4);
    long sid = PriResp.STREAMID.of(SID);
    long tagged = sid | PriResp.SSV.of(1) | PriResp.SUBSTREAMID.of(7);
    rig.command(Opcode.PRI_RESP, sid, PriResp.RESP.of(PriResp.RESP_SUCCESS) | 0x1ff);
    rig.command(Opcode.PRI_RESP, tagged, PriResp.RESP.of(PriResp.RESP_INVALID) | 1);
    rig.command(Opcode.PRI_RESP, sid, PriResp.RESP.of(PriResp.RESP_FAILURE) | 2);
    assertEquals(
        List.of(
            "respond 5 -1 511 SUCCESS", "respond 5 7 1 INVALID_REQUEST", "respond 5 -1 2 FAILURE"),
        rig.clients.take(),
        "4.5.2");
    rig.command(Opcode.PRI_RESP, sid, PriResp.RESP.of(3));
    assertEquals(CommandError.CERROR_ILL, error(rig));
    assertEquals(List.of(), rig.clients.take());
  }

  @Test
  void withoutPasidsTheyAreNotSent() {
    Profile profile = Profiles.ats().with(Register.IDR1, Idr1.SSIDSIZE, 0);
    Rig rig = new Rig(profile).start(4);
    rig.command(Opcode.ATC_INV, AtcInv.SSV.of(1) | AtcInv.SUBSTREAMID.of(7), 0);
    rig.command(Opcode.PRI_RESP, PriResp.SSV.of(1) | PriResp.SUBSTREAMID.of(7), 0);
    assertEquals(
        List.of("invalidate 0 -1 false 0x0 0", "respond 0 -1 0 FAILURE"), rig.clients.take());
  }

  @Test
  void wakeUpEventsAreSentWhereTheyCan() {
    Rig rig = new Rig(Profiles.plain()).start(4);
    rig.command(Opcode.SYNC, Sync.CS.of(Sync.CS_SEV), 0);
    assertEquals(1, rig.signals(InterruptLine.SEV), "4.7.3");
    rig.command(Opcode.SYNC, 0, 0);
    assertEquals(1, rig.signals(InterruptLine.SEV));
    rig.set(Register.CR0, 1);
    for (int index = 0; index < 16; index++) {
      rig.store(Rig.COMMANDS + index * 16, Opcode.SYNC.code(), 0);
    }
    rig.set(Register.CMDQ_PROD, 18);
    rig.set(Register.CR0, 9);
    assertEquals(2, rig.signals(InterruptLine.SEV), "4.1.2: the queue is no longer full");

    Rig quiet = new Rig(Profiles.plain().with(Register.IDR0, Idr0.SEV, 0)).start(4);
    quiet.command(Opcode.SYNC, Sync.CS.of(Sync.CS_SEV), 0);
    assertEquals(0, quiet.signals(InterruptLine.SEV));
  }

  @Test
  void queueAndMsiAddressesAreCutToOas() {
    Rig rig = new Rig(Profiles.plain().withOutputSize(36)).start(4);
    long beyond = 1L << 40;
    rig.set(Register.CR0, 1);
    rig.set(Register.CMDQ_BASE, beyond | Rig.COMMANDS | QueueBase.LOG2SIZE.of(4));
    rig.set(Register.EVENTQ_BASE, beyond | Rig.EVENTS | QueueBase.LOG2SIZE.of(3));
    rig.set(Register.CR0, 0xd);
    rig.command(Opcode.SYNC, Sync.CS.of(Sync.CS_IRQ) | 5L << 32, beyond | 0x9_0000);
    assertEquals(5, rig.read(0x9_0000, 4), "3.4.3");
    rig.reads(SID, 0);
    assertEquals(0x04, rig.lastEvent()[0] & 0xff);
    rig.command(Opcode.SYNC, Sync.CS.of(Sync.CS_IRQ) | 6L << 32, beyond);
    assertEquals(6, rig.read(0, 4), "the check for zero is of the whole field (4.7.3)");
  }

  @Test
  void anAbortedErrorMsiRaisesNoInterruptOfItsOwn() {
    Rig rig = new Rig(Profiles.plain()).start(4);
    rig.set(Register.IRQ_CTRL, 0);
    rig.set(Register.GERROR_IRQ_CFG0, Rig.HOLE);
    rig.set(Register.IRQ_CTRL, IrqCtrl.GERROR_IRQEN.of(1));
    rig.command(0xff, 0);
    assertTrue(active(rig, Gerror.CMDQ_ERR));
    assertTrue(active(rig, Gerror.MSI_GERROR_ABT_ERR));
    assertEquals(1, rig.signals(InterruptLine.GERROR), "7.5.1");
  }

  /** Pages that were prefetched are used although their tables have changed since. */
  @Test
  void prefetchFillsTheCaches() {
    Rig rig = new Rig(Profiles.plain()).start(4);
    Tables tables = Tables.stage1(rig, Granule.SIZE_4K, 39);
    rig.stage1Stream(SID, 1, tables);
    for (int page = 0; page < 16; page++) {
      tables.map(VA + page * 0x1000L, 0x9000, 3, Tables.STAGE1_LEAF);
    }
    long sid = Prefetch.STREAMID.of(SID);
    rig.command(Opcode.PREFETCH_CONFIG, sid, 0);
    rig.poke(Rig.CONTEXTS + SID * 64, Cd.V, 0);
    assertTrue(rig.reads(SID, VA + 9 * 0x1000), "4.2.1: the CD is cached");
    rig.command(Opcode.PREFETCH_ADDR, sid, VA | Prefetch.SIZE.of(2) | Prefetch.STRIDE.of(1));
    for (int page = 0; page < 16; page++) {
      rig.write(tables.slot(VA + page * 0x1000L, 3), 8, 0);
    }
    for (int page = 0; page < 9; page++) {
      boolean prefetched = page % 2 == 0 && page < 8;
      assertEquals(prefetched, rig.reads(SID, VA + page * 0x1000L), "4.2.2: page " + page);
    }
  }

  @Test
  void prefetchFailsInSilence() {
    Rig rig = new Rig(Profiles.stalling(Idr0.STALL_MODEL_BOTH, 4)).start(4);
    rig.stage1Stream(SID, 1, Tables.stage1(rig, Granule.SIZE_4K, 39));
    rig.poke(Rig.CONTEXTS + SID * 64, Cd.S, 1);
    rig.command(Opcode.PREFETCH_ADDR, Prefetch.STREAMID.of(SID), VA);
    rig.command(Opcode.PREFETCH_ADDR, Prefetch.STREAMID.of(SID + 1), VA);
    rig.command(Opcode.PREFETCH_CONFIG, Prefetch.STREAMID.of(1000), 0);
    rig.command(Opcode.PREFETCH_ADDR, Prefetch.STREAMID.of(SID) | Prefetch.SSV.of(1), VA);
    assertEquals(4, rig.smmu.counters().commands());
    assertEquals(0, rig.get(Register.EVENTQ_PROD), "4.2, 7.2");
    assertEquals(0, rig.smmu.counters().faults());
    rig.set(Register.CR0, 0xc);
    rig.command(Opcode.PREFETCH_CONFIG, Prefetch.STREAMID.of(7), 0);
    assertEquals(5, rig.smmu.counters().commands());
    rig.stream(7, Ste.CONFIG_BYPASS);
    rig.set(Register.CR0, 0xd);
    assertTrue(rig.reads(7, 0), "the invalid STE was not fetched while disabled (6.3.9.6)");
  }

  /** Two streams of VMID 4 and 5, cached with their pages, and then changed. */
  private static Rig twoVmids(Profile profile) {
    Rig rig = new Rig(profile);
    for (int sid = 4; sid <= 5; sid++) {
      Tables tables = new Tables(rig, Granule.SIZE_4K, 40, 1);
      tables.map(VA, 0x5000, 3, Tables.STAGE2_LEAF);
      rig.stream(sid, 0b110);
      rig.stage2(sid, sid, tables);
    }
    return rig;
  }

  private static boolean stale(Rig rig, int sid) {
    assertTrue(rig.reads(sid, VA));
    return rig.out.pa() == 0x5000;
  }

  private static void change(Rig rig) {
    for (int sid = 4; sid <= 5; sid++) {
      assertTrue(rig.reads(sid, VA));
      long root = rig.read(Rig.ste(sid) + 24, 8);
      long level2 = rig.read(root + (VA >>> 30) * 8, 8) & ~0xfffL;
      long level3 = rig.read(level2 + (VA >>> 21 & 511) * 8, 8) & ~0xfffL;
      long slot = level3 + (VA >>> 12 & 511) * 8;
      rig.write(slot, 8, rig.read(slot, 8) + 0x1000);
    }
  }

  @Test
  void vmidsMatchUpToTheWildcard() {
    Profile profile = Profiles.plain().with(Register.IDR0, Idr0.VMW, 1);
    for (int bits = 0; bits <= 5; bits++) {
      Rig rig = twoVmids(profile).start(4);
      rig.set(Register.CR0, 0xd | Cr0.VMW.of(bits));
      change(rig);
      rig.command(Opcode.TLBI_S12_VMALL, Tlbi.VMID.of(4), 0);
      assertFalse(stale(rig, 4));
      boolean both = bits >= 1 && bits <= 4;
      assertEquals(!both, stale(rig, 5), "3.17.6, CR0.VMW " + bits);
    }
    Rig without = twoVmids(Profiles.plain()).start(4);
    without.set(Register.CR0, 0xd | Cr0.VMW.of(1));
    change(without);
    without.command(Opcode.TLBI_S12_VMALL, Tlbi.VMID.of(4), 0);
    assertTrue(stale(without, 5));
  }

  @Test
  void broadcastsCountWithBtmAndWithoutPtmOnly() {
    for (int btm = 0; btm <= 1; btm++) {
      for (int ptm = 0; ptm <= 1; ptm++) {
        Rig rig = twoVmids(Profiles.plain().with(Register.IDR0, Idr0.BTM, btm));
        assertEquals(btm, Cr2.PTM.get(rig.get(Register.CR2)), "resets to private (6.3.12)");
        rig.set(Register.CR2, Cr2.PTM.of(ptm));
        rig.set(Register.CR0, 1);
        assertEquals(btm & ptm, Cr2.PTM.get(rig.get(Register.CR2)));
        rig.set(Register.STRTAB_BASE, Rig.STREAM_TABLE);
        rig.set(Register.CR0, 0);
        rig.set(Register.STRTAB_BASE, Rig.STREAM_TABLE);
        rig.set(Register.STRTAB_BASE_CFG, 4);
        rig.set(Register.CR0, 1);
        change(rig);
        rig.smmu.broadcastTlbi(BroadcastTlbi.IPAS2E1, 4, 0, VA + 8, true);
        boolean takesPart = btm == 1 && ptm == 0;
        assertEquals(takesPart, rig.smmu.takesBroadcasts());
        assertEquals(!takesPart, stale(rig, 4), "3.17");
        assertTrue(stale(rig, 5), "another VMID");
      }
    }
  }
}
