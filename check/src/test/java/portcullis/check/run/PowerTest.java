package portcullis.check.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import portcullis.board.Board;
import portcullis.board.Smmu;
import portcullis.board.StreamRange;
import portcullis.host.Domain;
import portcullis.host.SmmuDriver;
import portcullis.hyp.Hypercall;
import portcullis.hyp.Status;
import portcullis.hyp.smmuv3.ProtectionPolicy;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;
import portcullis.machine.Stream;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/**
 * The whole system with an SMMU that loses its power (IHI 0070 3.19): its caches and registers are
 * the model's, which keeps the ones and loses the others.
 */
class PowerTest {
  private static final long IOVA = 1L << 32;

  /** The SMMU whose board vouches that it aborts without power, and the one without that. */
  private static final int VOUCHED = 1;

  private static final int OPEN = 0;

  private final Board board = Boards.builtIn();
  private final Journal journal = new Journal();
  private ProtectedSystem system;
  private Smmu smmu;
  private ActiveMaster master;

  /** Boots, and puts the first master behind an SMMU to work. */
  private void run(Policies policies, int index) {
    Store store = new Store();
    Witness witness = new Witness(TraceSink.NONE);
    RunMachine machine = new ModelMachine(board, Profile.GENERIC, store, witness);
    system = ProtectedSystem.load(machine, store, witness, policies).orElseThrow();
    system.boot();
    smmu = board.smmus().get(index);
    SmmuDriver driver = system.newDriver(smmu, "host.");
    assertEquals(SmmuDriver.Outcome.OK, driver.bringUp());
    RunMaster device =
        machine.masters().stream()
            .filter(m -> m.streams().stream().anyMatch(range -> range.smmu() == index))
            .findFirst()
            .orElseThrow();
    StreamRange range = device.streams().getFirst();
    Stream stream = Stream.of(index, (int) range.first());
    Domain domain = driver.newDomain();
    assertTrue(driver.attach(stream.streamId(), domain));
    master = new ActiveMaster(device, range, stream, driver, domain);
    system.startGuest();
  }

  private Status power(boolean on) {
    Hypercall call = on ? Hypercall.POWER_ON : Hypercall.POWER_OFF;
    long result = system.cpu().hypercall(call.function(), smmu.registers().base());
    for (Status status : Status.values()) {
      if (status.code() == result) {
        return status;
      }
    }
    throw new AssertionError(result);
  }

  /** A page that the device has used, and so may be in the SMMU's caches. */
  private Victim usedPage() {
    Victim victim = system.newVictim();
    master.domain().map(IOVA, victim.address(), Payload.BYTES);
    assertTrue(master.write(IOVA, Payload.of(1)));
    return victim;
  }

  private boolean reaches(long address) {
    return master.read(address, new byte[Payload.BYTES]);
  }

  @Test
  void deviceIsStoppedWithoutPowerAndWorksAfterwards() {
    run(Policies.DEFAULT, VOUCHED);
    Victim page = usedPage();
    assertEquals(Status.OK, power(false));
    assertFalse(reaches(IOVA));
    assertFalse(reaches(page.address()));
    assertEquals(Status.OK, power(true));
    assertTrue(reaches(IOVA), "without a register access of the host's");
    master.domain().unmap(IOVA, Payload.BYTES);
    assertFalse(reaches(IOVA), "and its commands arrive");
  }

  @Test
  void pageThatLeavesMeanwhileIsOutOfReachAtOnce() {
    run(Policies.DEFAULT, VOUCHED);
    Victim victim = usedPage();
    assertEquals(Status.OK, power(false));
    assertTrue(system.giveAway(victim, journal));
    assertFalse(reaches(IOVA));
    assertEquals(Status.OK, power(true));
    assertFalse(reaches(IOVA));
    master.write(IOVA, Payload.of(2));
    assertTrue(victim.intact());
  }

  /** What the model's caches kept over the loss of power is what the measure is for. */
  @Test
  void withoutInvalidationTheDeviceFindsIt() {
    run(
        Policies.DEFAULT.with(
            new ProtectionPolicy.Row(Measure.INVALIDATE_AT_POWER_ON, false, "planted")),
        VOUCHED);
    Victim victim = usedPage();
    power(false);
    assertTrue(system.giveAway(victim, journal));
    power(true);
    assertTrue(reaches(IOVA), "a stale translation");
  }

  @Test
  void whereNobodyVouchesPowerStays() {
    run(Policies.DEFAULT, OPEN);
    usedPage();
    assertEquals(Status.DENIED, power(false));
    assertTrue(reaches(IOVA));
  }

  /** The model lets traffic pass then, as hardware may. */
  @Test
  void withoutThatRuleTheDeviceIsFree() {
    run(
        Policies.DEFAULT.with(
            new ProtectionPolicy.Row(Measure.ABORT_WITHOUT_POWER, false, "planted")),
        OPEN);
    Victim victim = usedPage();
    assertTrue(system.giveAway(victim, journal));
    assertFalse(reaches(victim.address()));
    assertEquals(Status.OK, power(false));
    assertTrue(reaches(victim.address()), "past the SMMU");
    assertEquals(Status.DENIED, power(true), "it comes up open");
  }
}
