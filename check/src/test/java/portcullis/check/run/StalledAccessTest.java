package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Register;
import portcullis.machine.DmaMaster.Result;
import portcullis.machine.smmuv3.profile.Profile;

/**
 * T14 of the threat model: an access is stalled, its page goes to a guest, and the host resumes it.
 * A retry is handled as though it had just arrived, and so meets every change of translation that
 * was made meanwhile (IHI 0070 3.12.2).
 */
class StalledAccessTest {
  private static final long IOVA = 0x1_0000_0000L;
  private static final long OTHER = 0x2_0000_0000L;

  /** An SMMU that must stall: then stage 2 has to, too, and ATS is ruled out (5.2, S2S; 6.3.1). */
  private static final Profile FORCED =
      Profile.GENERIC
          .with(Register.IDR0, Idr0.PRI, 0)
          .with(Register.IDR0, Idr0.ATSRECERR, 0)
          .with(Register.IDR3, Idr3.DPT, 0)
          .with(Register.IDR0, Idr0.ATS, 0)
          .with(Register.IDR0, Idr0.STALL_MODEL, Idr0.STALL_MODEL_FORCED);

  private OneStream s;
  private StallingStream stream;
  private Victim victim;

  private void start(Profile profile) {
    s = new OneStream(profile, false);
    stream = new StallingStream(s.system, s.master);
    stream.letStall();
    victim = s.system.newVictim();
  }

  private void map(long iova, long page) {
    assertEquals(portcullis.pgtable.Result.OK, s.master.domain().map(iova, page, Payload.BYTES));
  }

  /** The device has used the page, so that TLBs hold it. */
  private void use() {
    map(OTHER, victim.address());
    assertTrue(s.master.write(OTHER, Payload.of(1)));
    assertTrue(s.system.holds(victim.address(), Payload.of(1)));
  }

  private Result begin(boolean write, byte[] data) {
    return write
        ? s.device().write(s.master.stream(), IOVA, data)
        : s.device().read(s.master.stream(), IOVA, data);
  }

  private Result settle(byte[] into) {
    return s.device().take(s.device().lastHeld(), into);
  }

  /** The page is mapped for the stalled access before or after the guest gets it, or used by it. */
  @ParameterizedTest
  @CsvSource({
    "true, true, true", "true, true, false", "true, false, true", "true, false, false",
    "false, true, true", "false, true, false", "false, false, true", "false, false, false",
  })
  void cannotCompleteOnceItsPageIsAGuests(boolean write, boolean mappedBefore, boolean used) {
    start(Profile.GENERIC);
    if (used) {
      use();
    }
    byte[] data = write ? Payload.of(2) : new byte[Payload.BYTES];
    assertEquals(Result.HELD, begin(write, data));
    long tag = stream.drainToTag().orElseThrow();
    if (mappedBefore) {
      map(IOVA, victim.address());
    }
    assertTrue(s.system.giveAway(victim, s.journal), "a stalled access is no reason to wait");
    if (!mappedBefore) {
      map(IOVA, victim.address());
    }

    s.events.clear();
    stream.retry(tag);

    byte[] got = data.clone();
    assertEquals(Result.STOPPED, settle(got));
    assertArrayEquals(data, got, "a read gets nothing");
    assertEquals(EventType.F_TRANSLATION.name(), s.lastFault().event());
    assertEquals(2, s.lastFault().stage());
    assertTrue(victim.intact());
  }

  /** What came before the stall is done, and is not done again. */
  @Test
  void restOfATransferIsRefusedAndItsBeginningNotRepeated() {
    start(Profile.GENERIC);
    Victim first = s.system.newVictim();
    map(IOVA, first.address());
    byte[] data = new byte[2 * Payload.BYTES];
    assertEquals(Result.HELD, begin(true, data));
    long tag = stream.drainToTag().orElseThrow();
    assertTrue(s.system.holds(first.address(), new byte[Payload.BYTES]));
    map(IOVA + Payload.BYTES, victim.address());
    assertTrue(s.system.giveAway(first, s.journal));
    assertTrue(s.system.giveAway(victim, s.journal));
    stream.retry(tag);
    assertEquals(Result.STOPPED, settle(data));
    assertTrue(first.intact() && victim.intact());
  }

  /** CMD_RESUME reaches the one stall of its StreamID and STAG (IHI 0070 3.12.2). */
  @Test
  void aTagThatIsNotItsOwnEndsNoStall() {
    start(Profile.GENERIC);
    byte[] data = Payload.of(3);
    assertEquals(Result.HELD, begin(true, data));
    long tag = stream.drainToTag().orElseThrow();
    map(IOVA, victim.address());
    stream.retry(tag + 1);
    assertEquals(Result.HELD, settle(data));
    assertTrue(s.system.giveAway(victim, s.journal));
    stream.abort(tag);
    assertEquals(Result.STOPPED, settle(data));
    assertTrue(victim.intact());
  }

  /** S2S is 0: what stage 2 refuses is aborted at once, and nothing is left to resume. */
  @Test
  void stage2DoesNotStall() {
    start(Profile.GENERIC);
    use();
    map(IOVA, victim.address());
    assertTrue(s.system.giveAway(victim, s.journal));
    s.driver.events().drain((word0, word1, word2, word3) -> {});
    assertEquals(Result.STOPPED, begin(true, Payload.of(4)));
    int[] records = {0};
    s.driver
        .events()
        .drain(
            (word0, word1, word2, word3) -> {
              assertEquals(1, Event.S2.get(word1));
              assertEquals(0, Event.STALL.get(word1));
              records[0]++;
            });
    assertEquals(1, records[0]);
  }

  /** Where S2S must be 1 the access waits, however often it is retried, until the page is back. */
  @Test
  void aStage2ThatMustStallLetsNothingThroughEither() {
    start(FORCED);
    use();
    byte[] data = Payload.of(5);
    map(IOVA, victim.address());
    assertTrue(s.system.giveAway(victim, s.journal));
    stream.drainToTag();
    assertEquals(Result.HELD, begin(true, data));
    for (int i = 0; i < 3; i++) {
      stream.retry(stream.drainToTag().orElseThrow());
      assertEquals(Result.HELD, settle(data));
      assertTrue(victim.intact());
    }
    long tag = stream.drainToTag().orElseThrow();
    s.system.endGuest(s.journal);
    assertTrue(victim.wiped());
    stream.retry(tag);
    assertEquals(Result.OK, settle(data));
    assertTrue(s.system.holds(victim.address(), data), "it is the host's again");
    for (Attempt attempt : s.journal.attempts()) {
      assertTrue(attempt.asExpected(), attempt::toString);
    }
  }

  @Test
  void disablingTheSmmuEndsWhatStage2Stalls() {
    start(FORCED);
    map(IOVA, victim.address());
    assertTrue(s.system.giveAway(victim, s.journal));
    byte[] data = Payload.of(6);
    assertEquals(Result.HELD, begin(true, data));
    assertTrue(s.driver.enable(0));
    assertEquals(Result.STOPPED, settle(data));
    assertTrue(victim.intact());
  }
}
