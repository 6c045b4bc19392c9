package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.QueueBase;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;
import portcullis.platform.trace.TraceEvent;

/**
 * What devices send that is translated for nobody: unsupported transactions and hints (IHI 0070
 * 7.3.2, 7.3.19). Expected words are written by bit position.
 */
class ClientMessageTest {
  private static final int SID = 5;
  private static final int NONE = Translation.NO_SUBSTREAM;
  private static final long ADDRESS = 0x1234_5678L;
  private static final long PNU = 1L << 33;

  private Rig rig = new Rig(Profiles.complete()).start(4);

  private void atomic(int substream, boolean privileged) {
    rig.smmu.farAtomic(SID, substream, ADDRESS, privileged, rig.out);
    assertEquals(Outcome.FAULT, rig.out.outcome());
    assertEquals(EventType.F_UUT, rig.out.event());
    assertFalse(rig.out.razWi());
  }

  /** 16.7.6, 13.1.1: aborted; RnW and InD are 0. What the STE says is no matter. */
  @Test
  void farAtomicsAreUnsupported() {
    rig.stream(SID, Ste.CONFIG_BYPASS);
    rig.poke(Rig.ste(SID), Ste.PRIVCFG, 0b11);
    atomic(NONE, false);
    assertArrayEquals(new long[] {(long) SID << 32 | 0x01, 0, ADDRESS, 0}, rig.lastEvent());
    atomic(7, true);
    assertArrayEquals(
        new long[] {(long) SID << 32 | 7 << 12 | 1 << 11 | 0x01, PNU, ADDRESS, 0},
        rig.lastEvent(),
        "7.3.2: the incoming PnU");
    rig.poke(Rig.ste(SID), Ste.CONFIG, Ste.CONFIG_ABORT);
    atomic(NONE, false);
    assertEquals(3, rig.get(Register.EVENTQ_PROD));
  }

  /** 7.3.2: permitted to be recorded when SMMUEN is 0; only an event queue is needed. */
  @Test
  void withoutTranslation() {
    rig.set(Register.CR0, Cr0.EVENTQEN.of(1));
    atomic(NONE, false);
    assertEquals(1, rig.get(Register.EVENTQ_PROD));
    rig.set(Register.CR0, 0);
    atomic(NONE, false);
    assertEquals(1, rig.get(Register.EVENTQ_PROD));
  }

  @Test
  void farAtomicsAreTracedAndCounted() {
    long before = rig.smmu.counters().faults();
    rig.tracing = true;
    atomic(NONE, false);
    assertEquals(before + 1, rig.smmu.counters().faults());
    TraceEvent.Fault fault = (TraceEvent.Fault) rig.trace.getLast();
    assertEquals("F_UUT", fault.event());
  }

  /** 7.3.19: Span in 4KB, and a flag for each access that is expected, by privilege. */
  @ParameterizedTest
  @CsvSource({
    "1, 4", // read: uR
    "2, 3", // write: uW
    "4, 2", // execute: uX
    "9, 7", // privileged read: pR
    "10, 6", // privileged write: pW
    "12, 5" // privileged execute: pX
  })
  void hints(int access, int bit) {
    rig.smmu.pageHint(SID, NONE, ADDRESS, access, 0x81);
    assertArrayEquals(
        new long[] {(long) SID << 32 | 0x24, 0x81L << 44 | 1L << 32 + bit, 0x1234_5000L, 0},
        rig.lastEvent());
  }

  @Test
  void hintsForSeveralAccessesOfASubstream() {
    rig.smmu.pageHint(SID, 3, ADDRESS, AtsAccess.READ | AtsAccess.WRITE, 1);
    assertArrayEquals(
        new long[] {
          (long) SID << 32 | 3 << 12 | 1 << 11 | 0x24, 1L << 44 | 0b11L << 35, 0x1234_5000L, 0
        },
        rig.lastEvent());
    Profile none = Profiles.complete().with(Register.IDR1, Idr1.SSIDSIZE, 0);
    rig = new Rig(none).start(4);
    rig.smmu.pageHint(SID, 3, ADDRESS, AtsAccess.READ, 1);
    assertEquals((long) SID << 32 | 0x24, rig.lastEvent()[0], "no SubstreamIDs");
  }

  /** Each is recorded, as its own (7.3.1); while disabled or full there is nowhere to. */
  @Test
  void hintsNeedTranslationAndRoom() {
    rig.set(Register.CR0, Cr0.EVENTQEN.of(1));
    rig.smmu.pageHint(SID, NONE, ADDRESS, AtsAccess.READ, 1);
    assertEquals(0, rig.get(Register.EVENTQ_PROD));
    rig.set(Register.CR0, 0xd);
    int entries = 1 << QueueBase.LOG2SIZE.get(rig.get(Register.EVENTQ_BASE));
    for (int i = 1; i <= entries; i++) {
      rig.smmu.pageHint(SID, NONE, ADDRESS, AtsAccess.READ, 1);
      assertEquals(i, rig.get(Register.EVENTQ_PROD));
    }
    rig.smmu.pageHint(SID, NONE, ADDRESS, AtsAccess.READ, 1);
    assertEquals(1L << 31 | entries, rig.get(Register.EVENTQ_PROD), "7.4: overflow");
  }
}
