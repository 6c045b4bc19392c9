package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Cr2;
import portcullis.arch.smmu.Gerror;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.IrqCtrl;
import portcullis.arch.smmu.PriqIrqCfg2;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;

/** The PRI queue, its overflow, and the responses that nobody's software sends (IHI 0070 8). */
class PageRequestTest {
  private static final int SID = 5;
  private static final int NO_PASID = Translation.NO_SUBSTREAM;
  private static final long QUEUE = 0x22_0000;
  private static final long PAGE = 0x1234_5678_9abc_d000L;
  private static final int RW = AtsAccess.READ | AtsAccess.WRITE;
  private static final long OVERFLOW = 1L << 31;

  private final Rig rig = started(Profiles.ats());

  private static Rig started(Profile profile) {
    Rig rig = new Rig(profile).start(4);
    rig.set(Register.PRIQ_BASE, QUEUE | QueueBase.LOG2SIZE.of(2));
    rig.set(Register.IRQ_CTRL, 0x7);
    rig.set(Register.CR0, 0xf);
    return rig;
  }

  private void request(int pasid, int access, int group, boolean last) {
    rig.smmu.pageRequest(SID, pasid, PAGE, access, group, last);
  }

  private void fill() {
    for (int i = 0; i < 4; i++) {
      request(NO_PASID, RW, i, false);
    }
    assertEquals(4, rig.get(Register.PRIQ_PROD));
    assertEquals(List.of(), rig.clients.take());
  }

  private boolean active(portcullis.arch.Field error) {
    return error.isSet(rig.get(Register.GERROR) ^ rig.get(Register.GERRORN));
  }

  @Test
  void requestIsWrittenAsItCame() {
    request(NO_PASID, RW | AtsAccess.EXECUTE | AtsAccess.PRIVILEGED, 0x1ff, true);
    assertEquals(1L << 62 | 1L << 61 | 1L << 60 | SID, rig.read(QUEUE, 8), "no X, Priv: no PASID");
    assertEquals(PAGE | 0x1ff, rig.read(QUEUE + 8, 8));
    request(0xabcde, AtsAccess.READ | AtsAccess.EXECUTE | AtsAccess.PRIVILEGED, 3, false);
    assertEquals(
        1L << 63 | 1L << 60 | 1L << 59 | 1L << 58 | 0xabcdeL << 32 | SID, rig.read(QUEUE + 16, 8));
    assertEquals(PAGE | 3, rig.read(QUEUE + 24, 8));
    assertEquals(2, rig.get(Register.PRIQ_PROD));
    assertEquals(List.of(), rig.clients.take(), "software answers");
  }

  @Test
  void indexesWrap() {
    for (int i = 1; i <= 20; i++) {
      request(NO_PASID, RW, i, false);
      assertEquals(i & 7, rig.get(Register.PRIQ_PROD));
      rig.set(Register.PRIQ_CONS, i & 7);
    }
    assertEquals(PAGE | 20, rig.read(QUEUE + 3 * 16 + 8, 8));
  }

  @Test
  void interruptComesWhenTheQueueFillsOrWithTheLast() {
    request(NO_PASID, RW, 1, true);
    request(NO_PASID, RW, 1, true);
    assertEquals(1, rig.signals(InterruptLine.PRIQ), "not empty");
    rig.set(Register.IRQ_CTRL, 0);
    rig.set(Register.PRIQ_IRQ_CFG0, 0x9_0000);
    rig.set(Register.PRIQ_IRQ_CFG1, 0x77);
    rig.set(Register.PRIQ_IRQ_CFG2, PriqIrqCfg2.LO.of(1));
    rig.set(Register.PRIQ_CONS, 2);
    rig.set(Register.IRQ_CTRL, IrqCtrl.PRIQ_IRQEN.of(1));
    request(NO_PASID, RW, 1, false);
    assertEquals(1, rig.signals(InterruptLine.PRIQ), "6.3.36 LO");
    assertEquals(0, rig.read(0x9_0000, 4));
    request(NO_PASID, RW, 1, true);
    assertEquals(2, rig.signals(InterruptLine.PRIQ));
    assertEquals(0x77, rig.read(0x9_0000, 4));
    request(NO_PASID, RW, 1, false);
    request(NO_PASID, RW, 1, false);
    request(NO_PASID, RW, 1, false);
    assertEquals(2, rig.signals(InterruptLine.PRIQ));
    request(NO_PASID, RW, 1, true);
    assertEquals(3, rig.signals(InterruptLine.PRIQ), "a last request that overflowed, too");
  }

  @Test
  void abortedMsiIsAGlobalError() {
    rig.set(Register.IRQ_CTRL, 0);
    rig.set(Register.PRIQ_IRQ_CFG0, Rig.HOLE);
    rig.set(Register.IRQ_CTRL, IrqCtrl.PRIQ_IRQEN.of(1));
    request(NO_PASID, RW, 1, true);
    assertTrue(active(Gerror.MSI_PRIQ_ABT_ERR));
    assertEquals(1, rig.get(Register.PRIQ_PROD));
  }

  @Test
  void overflowIsAnsweredWithSuccessSoThatTheDeviceTriesAgain() {
    fill();
    request(NO_PASID, RW, 9, false);
    assertEquals(OVERFLOW | 4, rig.get(Register.PRIQ_PROD), "8.1");
    assertEquals(List.of(), rig.clients.take(), "not the last: ignored");
    request(NO_PASID, RW, 9, true);
    assertEquals(List.of("respond 5 -1 9 SUCCESS"), rig.clients.take());
    rig.set(Register.PRIQ_CONS, 4);
    request(NO_PASID, RW, 10, true);
    assertEquals(
        List.of("respond 5 -1 10 SUCCESS"), rig.clients.take(), "inhibits until acknowledged");
    assertEquals(OVERFLOW | 4, rig.get(Register.PRIQ_PROD));
    rig.set(Register.PRIQ_CONS, OVERFLOW | 4);
    request(NO_PASID, RW, 11, true);
    assertEquals(OVERFLOW | 5, rig.get(Register.PRIQ_PROD));
    assertEquals(List.of(), rig.clients.take());
  }

  @Test
  void overflowOfAPasidIsAnsweredAsTheStePrefers() {
    rig.stream(SID, Ste.CONFIG_BYPASS);
    fill();
    request(3, RW, 9, true);
    assertEquals(List.of("respond 5 -1 9 SUCCESS"), rig.clients.take(), "PPAR is 0");
    rig.poke(Rig.ste(SID), Ste.PPAR, 1);
    rig.command(0x03L | (long) SID << 32, 1);
    request(3, RW, 9, true);
    assertEquals(List.of("respond 5 3 9 SUCCESS"), rig.clients.take());
    rig.poke(Rig.ste(SID), Ste.V, 0);
    rig.command(0x03L | (long) SID << 32, 1);
    request(3, RW, 9, true);
    assertEquals(List.of("respond 5 -1 9 FAILURE"), rig.clients.take(), "no valid STE");
    assertEquals(0, rig.get(Register.EVENTQ_PROD));
    request(3, AtsAccess.EXECUTE, 9, true);
    assertEquals(List.of(), rig.clients.take(), "a Stop Marker has no answer");
    request(NO_PASID, 0, 9, true);
    assertEquals(List.of("respond 5 -1 9 SUCCESS"), rig.clients.take(), "without PASID it is none");
  }

  @Test
  void errorsOnTheWayToTheSteAreRecordedIfAskedFor() {
    rig.set(Register.CR0, 0xc);
    rig.set(Register.CR2, Cr2.REC_CFG_ATS.of(1));
    rig.set(Register.CR0, 0xf);
    fill();
    request(3, RW, 9, true);
    assertEquals(0x04, rig.lastEvent()[0] & 0xff, "C_BAD_STE");
    rig.smmu.pageRequest(1000, 3, PAGE, RW, 9, true);
    assertEquals(1, rig.get(Register.EVENTQ_PROD), "C_BAD_STREAMID needs RECINVSID, too");
  }

  @Test
  void ppsMakesPparNoMatter() {
    Rig always = started(Profiles.ats().with(Register.IDR3, Idr3.PPS, 1));
    for (int i = 0; i < 5; i++) {
      always.smmu.pageRequest(SID, 3, PAGE, RW, i, true);
    }
    assertEquals(List.of("respond 5 3 4 SUCCESS"), always.clients.take());
  }

  @Test
  void withoutAnEnabledQueueEveryRequestFails() {
    for (long enables : new long[] {0xd, 0xe, 0xc}) {
      rig.set(Register.CR0, enables);
      request(3, RW, 9, false);
      request(3, AtsAccess.EXECUTE, 9, true);
      assertEquals(List.of("respond 5 -1 9 FAILURE"), rig.clients.take(), "8.2");
      assertEquals(0, rig.get(Register.PRIQ_PROD));
    }
  }

  @Test
  void abortedWriteStopsTheQueueUntilAcknowledged() {
    rig.set(Register.CR0, 0xd);
    rig.set(Register.PRIQ_BASE, Rig.HOLE | QueueBase.LOG2SIZE.of(2));
    rig.set(Register.CR0, 0xf);
    request(3, RW, 9, false);
    assertTrue(active(Gerror.PRIQ_ABT_ERR));
    assertEquals(1, rig.signals(InterruptLine.GERROR));
    assertEquals(List.of("respond 5 -1 9 FAILURE"), rig.clients.take());
    assertEquals(0, rig.get(Register.PRIQ_PROD));
    rig.set(Register.CR0, 0xd);
    rig.set(Register.PRIQ_BASE, QUEUE | QueueBase.LOG2SIZE.of(2));
    rig.set(Register.CR0, 0xf);
    request(3, RW, 9, false);
    assertEquals(List.of("respond 5 -1 9 FAILURE"), rig.clients.take());
    rig.set(Register.GERRORN, rig.get(Register.GERROR));
    request(3, RW, 9, false);
    assertEquals(1, rig.get(Register.PRIQ_PROD));
    assertEquals(List.of(), rig.clients.take());
  }

  @Test
  void withoutTheFeatureThereIsNoQueue() {
    Rig none = started(Profiles.plain());
    assertEquals(0, none.get(Register.PRIQ_BASE));
    assertEquals(0, none.get(Register.CR0) & Cr0.PRIQEN.mask());
    none.smmu.pageRequest(SID, 3, PAGE, RW, 9, true);
    assertEquals(List.of("respond 5 -1 9 FAILURE"), none.clients.take());
  }
}
