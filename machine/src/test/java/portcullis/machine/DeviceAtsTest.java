package portcullis.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.AtcInv;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.PriEntry;
import portcullis.arch.smmu.PriResp;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.machine.DmaMaster.Result;
import portcullis.machine.smmuv3.AtsAccess;
import portcullis.machine.smmuv3.PageResponse;
import portcullis.machine.smmuv3.Path;
import portcullis.machine.smmuv3.profile.Profiles;
import portcullis.platform.trace.TraceSink;

/** PCI devices with ATS and PRI, in front of an SMMU of the board (IHI 0070 3.9.1, 4.5, 8). */
class DeviceAtsTest {
  private static final int PCI_SMMU = 0;
  private static final int PAGE = 0x1000;
  private static final Stream STREAM = Stream.of(PCI_SMMU, 0x10);
  private static final long BUFFER = 0xa000_0000L;
  private static final long IOVA = 0x7000_0000L;
  private static final long PRI_QUEUE = 0x9003_0000L;

  private BoardRig rig;
  private DmaMaster master;
  private Stage2Tables tables;

  @BeforeEach
  void begin() {
    rig = new BoardRig(BoardRig.builtIn(), Profiles.ats(), TraceSink.NONE, PCI_SMMU);
    rig.enableSmmu();
    rig.set(Register.PRIQ_BASE, PRI_QUEUE | QueueBase.LOG2SIZE.of(2));
    rig.set(Register.CR0, 0x1f);
    master = rig.master("pcie");
    tables = rig.stage2(STREAM);
    rig.poke(STREAM, Ste.EATS, Ste.EATS_FULL);
    master.enableAts(true);
  }

  private static byte[] data(int seed) {
    byte[] bytes = new byte[16];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (seed + i);
    }
    return bytes;
  }

  private byte[] memory(long pa) {
    byte[] bytes = new byte[16];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) rig.peek(pa + i);
    }
    return bytes;
  }

  private void remap(long pa) {
    long slot = tables.slot(IOVA, 3);
    long offset = pa - (rig.memory.read64(slot) & 0x0000_ffff_ffff_f000L);
    rig.memory.write64(slot, rig.memory.read64(slot) + offset);
    rig.command(Opcode.TLBI_NSNH_ALL.code(), 0);
    rig.command(Opcode.SYNC.code(), 0);
  }

  private void invalidate(long word0, long word1) {
    rig.command(Opcode.ATC_INV.code() | AtcInv.STREAMID.of(STREAM.streamId()) | word0, word1);
    rig.command(Opcode.SYNC.code(), 0);
  }

  @Test
  void transfersGoByTheDevicesOwnTranslations() {
    tables.map(IOVA, BUFFER);
    assertEquals(Result.OK, master.write(STREAM, IOVA + 8, data(1)));
    assertArrayEquals(data(1), memory(BUFFER + 8));
    assertEquals(Path.TRANSLATED, master.translation().path());
    assertEquals(Result.STOPPED, master.write(STREAM, IOVA + PAGE, data(1)));
    assertEquals(0, rig.get(Register.EVENTQ_PROD), "denied in the completion, not recorded");
  }

  /** What makes ATS dangerous: only CMD_ATC_INV takes a page away from a device that cached it. */
  @Test
  void cachedTranslationIsUsedUntilItIsInvalidated() {
    tables.map(IOVA, BUFFER);
    master.write(STREAM, IOVA, data(1));
    remap(BUFFER + PAGE);
    master.write(STREAM, IOVA, data(2));
    assertArrayEquals(data(2), memory(BUFFER), "the SMMU's TLB is clean, the device's is not");
    invalidate(0, IOVA);
    master.write(STREAM, IOVA, data(3));
    assertArrayEquals(data(3), memory(BUFFER + PAGE));
    assertArrayEquals(data(2), memory(BUFFER));
  }

  @Test
  void invalidationReachesWhatItNames() {
    tables.map(IOVA, BUFFER);
    record Case(long word0, long word1, boolean reaches) {}
    for (Case each :
        new Case[] {
          new Case(0, IOVA, true),
          new Case(0, IOVA + PAGE, false),
          new Case(0, IOVA + PAGE | 1, true),
          new Case(0, IOVA + 0x10_0000 | 20, true),
          new Case(0, 0x1234_0000L | AtcInv.SIZE_ALL, true),
          new Case(AtcInv.SSV.of(1), IOVA, false),
          new Case(AtcInv.SSV.of(1) | AtcInv.GLOBAL.of(1), IOVA, false),
          new Case(1L << 32, IOVA, false),
        }) {
      invalidate(0, AtcInv.SIZE_ALL);
      remap(BUFFER);
      master.write(STREAM, IOVA, data(1));
      remap(BUFFER + PAGE);
      invalidate(each.word0, each.word1);
      master.write(STREAM, IOVA, data(9));
      assertArrayEquals(
          data(9), memory(each.reaches ? BUFFER + PAGE : BUFFER), () -> "4.5.1: " + each);
    }
  }

  @Test
  void aDeafDeviceMakesTheSyncFail() {
    tables.map(IOVA, BUFFER);
    master.write(STREAM, IOVA, data(1));
    master.ignoreInvalidations(true);
    invalidate(0, IOVA);
    assertEquals(CommandError.CERROR_ATC_INV_SYNC, CmdqCons.ERR.get(rig.get(Register.CMDQ_CONS)));
    remap(BUFFER + PAGE);
    master.write(STREAM, IOVA, data(2));
    assertArrayEquals(data(2), memory(BUFFER), "it still has its translation");
  }

  @Test
  void aLyingDeviceIsStoppedByTheSteIfChecked() {
    rig.poke(STREAM, Ste.EATS, Ste.EATS_ABORT);
    assertEquals(Result.STOPPED, master.translated(STREAM, BUFFER, data(1), true));
    rig.set(Register.CR0, 0xf);
    assertEquals(Result.OK, master.translated(STREAM, BUFFER, data(1), true), "ATSCHK is 0");
    assertArrayEquals(data(1), memory(BUFFER));
    assertEquals(Result.BUS_ERROR, master.translated(STREAM, 0, data(1), true));
  }

  @Test
  void aPageThatIsMissingIsAskedFor() {
    master.enablePri(true);
    assertEquals(Result.HELD, master.write(STREAM, IOVA, data(1)));
    long word0 = rig.memory.read64(PRI_QUEUE);
    assertEquals(STREAM.streamId(), PriEntry.STREAMID.get(word0));
    assertTrue(PriEntry.W.isSet(word0));
    assertTrue(PriEntry.LAST.isSet(word0));
    long word1 = rig.memory.read64(PRI_QUEUE + 8);
    assertEquals(IOVA, PriEntry.ADDRESS.inPlace(word1));

    tables.map(IOVA, BUFFER);
    rig.command(
        Opcode.PRI_RESP.code() | PriResp.STREAMID.of(STREAM.streamId()),
        PriEntry.PRGINDEX.get(word1) | PriResp.RESP.of(PriResp.RESP_SUCCESS));
    assertEquals(Result.OK, master.take(master.lastHeld(), data(0)));
    assertArrayEquals(data(1), memory(BUFFER));
    assertEquals(Optional.of(PageResponse.SUCCESS), master.lastPageResponse());
  }

  @Test
  void aRefusedPageStopsTheTransfer() {
    master.enablePri(true);
    assertEquals(Result.HELD, master.write(STREAM, IOVA, data(1)));
    rig.command(
        Opcode.PRI_RESP.code() | PriResp.STREAMID.of(STREAM.streamId()),
        PriResp.RESP.of(PriResp.RESP_INVALID));
    assertEquals(Result.STOPPED, master.take(master.lastHeld(), data(0)));
    rig.set(Register.CR0, 0x1d);
    assertEquals(Result.STOPPED, master.write(STREAM, IOVA, data(1)), "no queue: it fails at once");
    assertEquals(Optional.of(PageResponse.FAILURE), master.lastPageResponse());
  }

  @Test
  void overflowMakesTheDeviceAskAgainButNotForEver() {
    for (int i = 0; i < 4; i++) {
      master.pageRequest(STREAM, IOVA, AtsAccess.READ, i, false);
    }
    assertEquals(Optional.empty(), master.lastPageResponse());
    master.enablePri(true);
    assertEquals(Result.STOPPED, master.write(STREAM, IOVA, data(1)));
    assertEquals(Optional.of(PageResponse.SUCCESS), master.lastPageResponse());
    master.forgetPageResponse();
    assertEquals(Optional.empty(), master.lastPageResponse());
  }

  @Test
  void onlyPciMastersHaveAts() {
    DmaMaster platform = rig.master("ethernet");
    assertThrows(IllegalStateException.class, () -> platform.enableAts(true));
    assertThrows(IllegalStateException.class, () -> platform.enablePri(true));
  }
}
