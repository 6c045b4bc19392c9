package portcullis.machine.smmuv3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.CmdqCons;
import portcullis.arch.smmu.CommandError;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Resume;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;

/** The Stall model and its commands (IHI 0070 3.12.2, 4.7.1, 4.7.2, 5.5, 6.3.6, 7.2.1). */
class StallTest {
  private static final int SID = 5;
  private static final int OTHER = 6;
  private static final long PAGE = 0x1234_5000L;
  private static final int MOST = 4;
  private static final int BOTH = Idr0.STALL_MODEL_BOTH;

  private final Rig rig = stalling(BOTH, MOST);
  private final Tables tables = Tables.stage1(rig, Granule.SIZE_4K, 39);

  private static Rig stalling(int model, int most) {
    return new Rig(Profiles.stalling(model, most)).start(4);
  }

  private static long cd(int streamId) {
    return Rig.CONTEXTS + streamId * 64L;
  }

  /** A stage-1 stream whose CD stalls. */
  private void stream(int streamId) {
    rig.stage1Stream(streamId, 1, tables);
    rig.poke(cd(streamId), Cd.S, 1);
  }

  private int stall(int streamId, long iova) {
    assertFalse(rig.reads(streamId, iova));
    assertEquals(Outcome.STALLED, rig.out.outcome());
    return rig.out.stag();
  }

  private void resume(int streamId, int stag, long action) {
    rig.command(Opcode.RESUME, (long) streamId << 32 | action, stag);
    assertEquals(CommandError.CERROR_NONE, CmdqCons.ERR.get(rig.get(Register.CMDQ_CONS)));
  }

  private static final long RETRY = Resume.AC.of(1);
  private static final long ABORT = Resume.AB.of(1);

  @Test
  void faultOfTheContextsStageStallsWithARecord() {
    stream(SID);
    int stag = stall(SID, PAGE + 8);
    long[] record = rig.lastEvent();
    assertEquals((long) SID << 32 | 0x10, record[0]);
    assertEquals(1L << 31 | stag, record[1] & 0xffff_ffffL, "Stall and STAG (7.3.13)");
    assertEquals(PAGE + 8, record[2]);
    assertTrue(rig.clients.take().isEmpty(), "no answer to the device yet");
    assertFalse(rig.out.razWi());
  }

  @Test
  void recordIsWrittenWhateverRSays() {
    stream(SID);
    rig.poke(cd(SID), Cd.R, 0);
    stall(SID, PAGE);
    assertEquals(1, rig.get(Register.EVENTQ_PROD), "5.5: R is ignored where S is set");
  }

  @Test
  void everyStallHasATagAndARecordOfItsOwn() {
    stream(SID);
    rig.poke(Rig.ste(SID), Ste.MEV, 1);
    boolean[] seen = new boolean[MOST];
    for (int i = 0; i < MOST; i++) {
      int stag = stall(SID, PAGE);
      assertFalse(seen[stag]);
      seen[stag] = true;
    }
    assertEquals(MOST, rig.get(Register.EVENTQ_PROD), "7.3.1: stalls are never merged");
  }

  @Test
  void stallOfTheSameTagAndPageIsRecordedAnew() {
    Rig one = stalling(BOTH, 1);
    one.stage1Stream(SID, 1, Tables.stage1(one, Granule.SIZE_4K, 39));
    one.poke(cd(SID), Cd.S, 1);
    one.poke(Rig.ste(SID), Ste.MEV, 1);
    for (int stall = 1; stall <= 3; stall++) {
      one.reads(SID, PAGE);
      assertEquals(0, one.out.stag());
      assertEquals(stall, one.get(Register.EVENTQ_PROD), "7.3.1: however alike they are");
      one.command(Opcode.RESUME, (long) SID << 32, 0);
    }
  }

  @Test
  void resumeEndsTheStallAsItSays() {
    stream(SID);
    for (long action : new long[] {RETRY, RETRY | ABORT, ABORT, 0}) {
      int stag = stall(SID, PAGE);
      resume(SID, stag, action);
      Resumption how =
          (action & RETRY) != 0
              ? Resumption.RETRY
              : action == ABORT ? Resumption.ABORT : Resumption.RAZ_WI;
      assertEquals(List.of("resume 5 " + stag + " " + how, "unblock"), rig.clients.take());
      resume(SID, stag, action);
      assertEquals(List.of(), rig.clients.take(), "the stall is over");
    }
  }

  @Test
  void terminationIsAnAbortWhereNothingElseIsOffered() {
    Profile profile = Profiles.stalling(BOTH, MOST).with(Register.IDR0, Idr0.TERM_MODEL, 1);
    Rig aborting = new Rig(profile).start(4);
    aborting.stage1Stream(SID, 1, Tables.stage1(aborting, Granule.SIZE_4K, 39));
    aborting.poke(cd(SID), Cd.S, 1);
    aborting.reads(SID, PAGE);
    aborting.command(Opcode.RESUME, (long) SID << 32, aborting.out.stag());
    assertEquals("resume 5 0 ABORT", aborting.clients.take().getFirst(), "4.7.1: Ab is ignored");
  }

  @Test
  void aTagOfAnotherStreamOrOfNothingHasNoEffect() {
    stream(SID);
    int stag = stall(SID, PAGE);
    resume(OTHER, stag, RETRY);
    resume(SID, stag + 1, RETRY);
    resume(SID, 0xffff, ABORT);
    assertEquals(List.of(), rig.clients.take(), "4.7.1");
    resume(SID, stag, RETRY);
    assertEquals(2, rig.clients.take().size());
  }

  @Test
  void retriedTransactionIsTranslatedAnew() {
    stream(SID);
    int stag = stall(SID, PAGE);
    tables.map(PAGE, 0x4000, 3, Tables.STAGE1_LEAF);
    rig.clients.onResume =
        () -> {
          assertTrue(rig.reads(SID, PAGE + 16));
          assertEquals(0x4010, rig.out.pa());
        };
    resume(SID, stag, RETRY);
    assertEquals(2, rig.clients.take().size());
  }

  @Test
  void retriedTransactionMayStallAgain() {
    stream(SID);
    int stag = stall(SID, PAGE);
    rig.clients.onResume = () -> stall(SID, PAGE);
    resume(SID, stag, RETRY);
    assertEquals(2, rig.get(Register.EVENTQ_PROD));
    assertEquals(2, rig.smmu.counters().faults());
  }

  @Test
  void stallTermEndsAllOfOneStream() {
    stream(SID);
    stream(OTHER);
    int first = stall(SID, PAGE);
    int kept = stall(OTHER, PAGE);
    int second = stall(SID, PAGE + 0x1000);
    rig.command(Opcode.STALL_TERM, (long) SID << 32, 0);
    assertEquals(
        List.of("resume 5 " + first + " ABORT", "resume 5 " + second + " ABORT", "unblock"),
        rig.clients.take(),
        "4.7.2");
    rig.command(Opcode.STALL_TERM, (long) SID << 32, 0);
    assertEquals(List.of(), rig.clients.take());
    resume(OTHER, kept, ABORT);
    assertEquals("resume 6 " + kept + " ABORT", rig.clients.take().getFirst());
  }

  @Test
  void noMoreStallThanCan() {
    stream(SID);
    stream(OTHER);
    tables.map(0, 0x4000, 3, Tables.STAGE1_LEAF);
    for (int i = 0; i < MOST; i++) {
      stall(SID, PAGE);
    }
    assertFalse(rig.reads(OTHER, PAGE));
    assertEquals(Outcome.BLOCKED, rig.out.outcome());
    assertEquals(MOST, rig.get(Register.EVENTQ_PROD), "6.3.6: no more records than STALL_MAX");
    assertTrue(rig.reads(OTHER, 0), "what does not stall passes");
    resume(SID, 2, ABORT);
    assertEquals(List.of("resume 5 2 ABORT", "unblock"), rig.clients.take());
    assertEquals(2, stall(OTHER, PAGE), "the tag may be used again");
  }

  @Test
  void stallIsNotLostToAFullQueue() {
    stream(SID);
    for (int i = 0; i < 8; i++) {
      rig.reads(1, i);
    }
    int stag = stall(SID, PAGE);
    assertEquals(8, rig.get(Register.EVENTQ_PROD), "7.4: no record, and no overflow");
    rig.clients.onResume = () -> stall(SID, PAGE);
    rig.set(Register.EVENTQ_CONS, 1);
    assertEquals(List.of("resume 5 " + stag + " RETRY"), rig.clients.take(), "7.2.1");
    assertEquals(9, rig.get(Register.EVENTQ_PROD));
    assertEquals(EventType.F_TRANSLATION.code(), Event.TYPE.get(rig.lastEvent()[0]));
    rig.set(Register.EVENTQ_CONS, 2);
    assertEquals(List.of(), rig.clients.take(), "recorded: it waits for its CMD_RESUME");
  }

  @Test
  void stallWaitsForAQueueThatIsOffOrInError() {
    stream(SID);
    rig.set(Register.CR0, 0x9);
    int stag = stall(SID, PAGE);
    rig.set(Register.CR0, 0xd);
    assertEquals(List.of("resume 5 " + stag + " RETRY"), rig.clients.take());

    rig.set(Register.CR0, 0x9);
    rig.set(Register.EVENTQ_BASE, Rig.HOLE | 3);
    rig.set(Register.CR0, 0xd);
    stag = stall(SID, PAGE);
    rig.set(Register.CR0, 0x9);
    rig.set(Register.EVENTQ_BASE, Rig.EVENTS | 3);
    rig.set(Register.CR0, 0xd);
    assertEquals(List.of(), rig.clients.take(), "EVENTQ_ABT_ERR is still active");
    rig.set(Register.GERRORN, rig.get(Register.GERROR));
    assertEquals(List.of("resume 5 " + stag + " RETRY"), rig.clients.take());
  }

  @Test
  void retryIntoAFullQueueGoesOnlyAsFarAsThereIsRoom() {
    stream(SID);
    for (int i = 0; i < 8; i++) {
      rig.reads(1, i);
    }
    stall(SID, PAGE);
    stall(SID, PAGE);
    stall(SID, PAGE);
    rig.clients.onResume = () -> stall(SID, PAGE);
    rig.set(Register.EVENTQ_CONS, 2);
    assertEquals(2, rig.clients.take().size());
    assertEquals(10, rig.get(Register.EVENTQ_PROD));
    rig.set(Register.EVENTQ_CONS, 3);
    assertEquals(1, rig.clients.take().size());
    assertEquals(11, rig.get(Register.EVENTQ_PROD));
  }

  @Test
  void disablingTranslationTerminatesAll() {
    stream(SID);
    stream(OTHER);
    stall(SID, PAGE);
    stall(OTHER, PAGE);
    rig.set(Register.CR0, 0xd);
    assertEquals(List.of(), rig.clients.take());
    rig.set(Register.CR0, 0xc);
    assertEquals(
        List.of("resume 5 0 ABORT", "resume 6 1 ABORT", "unblock"), rig.clients.take(), "6.3.9.6");
    rig.set(Register.CR0, 0xd);
    for (int i = 0; i < MOST; i++) {
      stall(SID, PAGE);
    }
  }

  @Test
  void stage2StallsForEveryClassOfAccess() {
    Tables below = new Tables(rig, Granule.SIZE_4K, 40, 1);
    rig.stage1Stream(SID, 1, tables);
    rig.poke(Rig.ste(SID), Ste.CONFIG, Ste.CONFIG_NESTED);
    rig.stage2(SID, 3, below);
    rig.poke(Rig.ste(SID), Ste.S2S, 1);
    rig.poke(Rig.ste(SID), Ste.S2R, 0);
    tables.map(PAGE, 0x4000, 3, Tables.STAGE1_LEAF);
    long[] needed = {cd(SID), tables.root, 0x4000};
    long[] classes = {Event.CLASS_CD, Event.CLASS_TT, Event.CLASS_IN};
    for (int i = 0; i < needed.length; i++) {
      int stag = stall(SID, PAGE);
      long word1 = rig.lastEvent()[1];
      assertTrue(Event.STALL.isSet(word1));
      assertTrue(Event.S2.isSet(word1));
      assertEquals(classes[i], Event.CLASS.get(word1), "3.12.2.3");
      resume(SID, stag, ABORT);
      below.map(needed[i] & ~0xfffL, needed[i] & ~0xfffL, 3, Tables.STAGE2_LEAF);
      if (needed[i] == tables.root) {
        for (int level = 2; level <= 3; level++) {
          long table = tables.slot(PAGE, level) & ~0xfffL;
          below.map(table, table, 3, Tables.STAGE2_LEAF);
        }
      }
    }
    assertTrue(rig.reads(SID, PAGE));
  }

  @Test
  void onlyTranslationFaultsStall() {
    stream(SID);
    rig.poke(cd(SID), Cd.V, 0);
    rig.reads(SID, PAGE);
    assertEquals(Outcome.FAULT, rig.out.outcome());
    assertEquals(EventType.C_BAD_CD, rig.out.event(), "3.12");
    stream(OTHER);
    rig.pokeAddress(cd(OTHER), Cd.TTB0, Rig.HOLE);
    rig.reads(OTHER, PAGE);
    assertEquals(Outcome.FAULT, rig.out.outcome());
    assertEquals(EventType.F_WALK_EABT, rig.out.event());
    Tables below = new Tables(rig, Granule.SIZE_4K, 40, 1);
    rig.stream(7, Ste.CONFIG_S2);
    rig.stage2(7, 3, below);
    rig.poke(Rig.ste(7), Ste.S2S, 1);
    rig.reads(7, 1L << 48);
    assertEquals(Outcome.FAULT, rig.out.outcome());
    assertEquals(EventType.F_ADDR_SIZE, rig.out.event(), "stage 1 is bypassed (3.12)");
    assertFalse(Event.STALL.isSet(rig.lastEvent()[1]));
  }

  @Test
  void terminatedTransactionsAbortOrCompleteAsASays() {
    rig.stage1Stream(SID, 1, tables);
    for (int abort = 0; abort <= 1; abort++) {
      rig.poke(cd(SID), Cd.A, abort);
      for (int record = 0; record <= 1; record++) {
        rig.poke(cd(SID), Cd.R, record);
        rig.command(Opcode.CFGI_CD, (long) SID << 32, 1);
        long before = rig.get(Register.EVENTQ_PROD);
        assertFalse(rig.reads(SID, PAGE));
        assertEquals(abort == 0, rig.out.razWi(), "5.5");
        assertEquals(before + record, rig.get(Register.EVENTQ_PROD));
      }
    }
    rig.poke(cd(SID), Cd.V, 0);
    rig.poke(cd(SID), Cd.A, 0);
    rig.command(Opcode.CFGI_CD, (long) SID << 32, 1);
    rig.reads(SID, PAGE);
    assertFalse(rig.out.razWi(), "other faults always abort");
  }

  /** Every combination that 5.5 calls ILLEGAL, and every other, under each STALL_MODEL. */
  @Test
  void faultConfigurationIsLegalAsTheModelAllows() {
    for (int model = 0; model <= 2; model++) {
      boolean terminates = model != Idr0.STALL_MODEL_FORCED;
      boolean stalls = model != Idr0.STALL_MODEL_TERMINATE;
      for (int bits = 0; bits < 8; bits++) {
        boolean disable = (bits & 1) != 0;
        boolean stage1 = (bits & 2) != 0;
        boolean stage2 = (bits & 4) != 0;
        Rig fresh = stalling(model, stalls ? MOST : 0);
        fresh.stage1Stream(SID, 1, Tables.stage1(fresh, Granule.SIZE_4K, 39));
        fresh.poke(Rig.ste(SID), Ste.S1STALLD, disable ? 1 : 0);
        fresh.poke(cd(SID), Cd.S, stage1 ? 1 : 0);
        fresh.reads(SID, PAGE);
        boolean steLegal = !disable || (terminates && stalls);
        boolean cdLegal = (stage1 ? stalls : terminates) && !(stage1 && disable);
        EventType expected =
            !steLegal
                ? EventType.C_BAD_STE
                : cdLegal ? EventType.F_TRANSLATION : EventType.C_BAD_CD;
        assertEquals(expected, fresh.out.event(), "model " + model + " bits " + bits);

        fresh.stream(OTHER, Ste.CONFIG_S2);
        fresh.stage2(OTHER, 3, new Tables(fresh, Granule.SIZE_4K, 40, 1));
        fresh.poke(Rig.ste(OTHER), Ste.S2S, stage2 ? 1 : 0);
        fresh.reads(OTHER, PAGE);
        assertEquals(
            (stage2 ? stalls : terminates) ? EventType.F_TRANSLATION : EventType.C_BAD_STE,
            fresh.out.event(),
            "model " + model + " S2S " + stage2);
      }
    }
  }

  @Test
  void stallsAreState() {
    stream(SID);
    long before = rig.store.fingerprint();
    long mark = rig.store.mark();
    int stag = stall(SID, PAGE);
    resume(SID, stag, ABORT);
    stall(SID, PAGE);
    rig.store.undo(mark);
    assertEquals(before, rig.store.fingerprint());
    assertEquals(stag, stall(SID, PAGE));
  }
}
