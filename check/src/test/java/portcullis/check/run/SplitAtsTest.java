package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.machine.DmaMaster.Result;
import portcullis.machine.smmuv3.AtsCompletion;
import portcullis.machine.smmuv3.profile.Profile;

/**
 * T13 of the threat model: why a page that goes to a guest needs no CMD_ATC_INV. With split-stage
 * ATS a device holds addresses that stage 2 has yet to translate (IHI 0070 3.9.1, 5.2 EATS 0b10);
 * where that is not offered, a device gets none.
 */
class SplitAtsTest {
  private static final long IOVA = 0x1_0000_0000L;

  private OneStream s;
  private AtsStream ats;
  private Victim victim;

  private void start(Profile profile) {
    s = new OneStream(profile, true);
    ats =
        new AtsStream(
            s.system,
            s.master,
            s.system.machine().board().smmus().get(s.master.stream().smmu()),
            s.journal);
    victim = s.system.newVictim();
    assertEquals(
        portcullis.pgtable.Result.OK, s.master.domain().map(IOVA, victim.address(), Payload.BYTES));
    ats.requestAts();
  }

  private Result write(int seed) {
    return s.device().write(s.master.stream(), IOVA, Payload.of(seed));
  }

  private Result writeTranslated(int seed) {
    return s.device().translated(s.master.stream(), victim.address(), Payload.of(seed), true);
  }

  /** The device keeps its translation, answers nothing, and goes on using it. */
  @Test
  void whatADeviceHasCachedEndsAtStage2() {
    start(Profile.GENERIC);
    s.device().enableAts(true);
    assertEquals(Result.OK, write(1));
    assertTrue(s.system.holds(victim.address(), Payload.of(1)));
    s.device().ignoreInvalidations(true);

    s.events.clear();
    assertTrue(s.system.giveAway(victim, s.journal));
    assertFalse(s.commandsToHardware().isEmpty());
    assertFalse(s.commandsToHardware().contains(Opcode.ATC_INV.commandName()));
    assertEquals(0, s.system.counters().get("timeouts"), "no device was waited for");

    s.events.clear();
    assertEquals(Result.STOPPED, write(2));
    assertEquals(EventType.F_TRANSLATION.name(), s.lastFault().event());
    assertEquals(2, s.lastFault().stage());
    assertEquals(victim.address(), s.lastFault().iova(), "what the device holds is the IPA");
    assertEquals(Result.STOPPED, writeTranslated(3), "made up, or kept elsewhere");
    assertTrue(victim.intact());
  }

  /** And so nothing is lost for the device either, when the page comes back. */
  @Test
  void whatADeviceHasCachedWorksAgainWhenThePageIsBack() {
    start(Profile.GENERIC);
    s.device().enableAts(true);
    assertEquals(Result.OK, write(1));
    assertTrue(s.system.giveAway(victim, s.journal));
    assertEquals(Result.STOPPED, write(2));
    s.system.endGuest(s.journal);
    assertEquals(Result.OK, write(3));
    assertTrue(s.system.holds(victim.address(), Payload.of(3)));
  }

  @Test
  void aGuestsPageIsGrantedToNoDevice() {
    start(Profile.GENERIC);
    assertTrue(s.device().requestTranslation(s.master.stream(), IOVA, true).grants());
    assertTrue(s.system.giveAway(victim, s.journal));
    AtsCompletion answer = s.device().requestTranslation(s.master.stream(), IOVA, true);
    assertEquals(AtsCompletion.Status.SUCCESS, answer.status(), "an answer like any other fault");
    assertFalse(answer.grants());
  }

  static Stream<Profile> cannotSplit() {
    return Stream.of(
        Profile.MMU_600_R2,
        Profile.MMU_700_R1,
        Profile.GENERIC.with(Register.IDR0, Idr0.NS1ATS, 1));
  }

  /** Hidden, and nothing of it works, for pages of the host's either. */
  @ParameterizedTest
  @MethodSource("cannotSplit")
  void isHiddenWhereItCannotBeSplit(Profile profile) {
    start(profile);
    assertFalse(s.driver.features().ats() || s.driver.features().pri());
    AtsCompletion answer = s.device().requestTranslation(s.master.stream(), IOVA, true);
    assertEquals(AtsCompletion.Status.UNSUPPORTED_REQUEST, answer.status());
    s.events.clear();
    assertEquals(Result.STOPPED, writeTranslated(4));
    assertEquals(EventType.F_TRANSL_FORBIDDEN.name(), s.lastFault().event());
    assertTrue(s.system.giveAway(victim, s.journal));
    assertEquals(Result.STOPPED, writeTranslated(5));
    assertTrue(victim.intact());
  }
}
