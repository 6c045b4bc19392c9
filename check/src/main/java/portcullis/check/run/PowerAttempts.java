package portcullis.check.run;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import portcullis.arch.smmu.Cr0;
import portcullis.board.Smmu;
import portcullis.host.SmmuDriver;
import portcullis.hyp.smmuv3.ProtectionPolicy.Measure;

/**
 * What the host tries by disabling an SMMU or having its power switched: what a device can still
 * reach by what the SMMU's caches keep meanwhile (IHI 0070 3.11, 6.3.9.6: neither a change of
 * SMMUEN nor a reset need invalidate them), and where traffic goes without power (3.19). Afterwards
 * the SMMU works as before.
 */
final class PowerAttempts {
  private static final long IOVA = 1L << 38;

  /** Between the addresses of two pages, whatever their size. */
  private static final long STRIDE = 1L << 30;

  private static final String NO_SWITCH = "nothing here switches its power";
  private static final String OPEN =
      "EL2 leaves its power on: its board does not vouch that traffic is aborted without";
  private static final String VOUCHED = "its board vouches that traffic is aborted without power";

  /** When a page is given away that the device has used. */
  private enum Moment {
    BEFORE("before %s was switched off and on"),
    MEANWHILE("while %s was off, and has power again"),
    AFTER("after %s was switched off and on"),
    DISABLED("while %s was disabled and off, and is enabled again");

    private final String words;

    Moment(String words) {
      this.words = words;
    }
  }

  private final ProtectedSystem system;
  private final ActiveMaster master;
  private final SmmuDriver driver;
  private final long registers;
  private final Journal journal;

  /** Why its power cannot be switched; empty if it can. */
  private final Optional<String> stuck;

  private final String disabled;
  private final String cleared;
  private final String switched;
  private final String moved;
  private final String startedOver;
  private final String open;
  private final String[] reached = new String[Moment.values().length];

  /**
   * Attempts on one SMMU.
   *
   * @param master one behind it
   */
  PowerAttempts(ProtectedSystem system, ActiveMaster master, Smmu smmu, Journal journal) {
    this.system = system;
    this.master = master;
    this.driver = master.driver();
    this.registers = smmu.registers().base();
    this.journal = journal;
    stuck =
        !system.machine().switchesPower()
            ? Optional.of(NO_SWITCH)
            : smmu.abortsWithoutPower() ? Optional.empty() : Optional.of(OPEN);
    String name = smmu.name();
    disabled =
        "%s moves data after the host disabled %s and enabled it".formatted(master.name(), name);
    cleared =
        "%s uses its STE of before the host disabled %s and cleared it"
            .formatted(master.name(), name);
    switched = "the host has %s switched off and on".formatted(name);
    moved = "%s moves data after %s was switched off and on".formatted(master.name(), name);
    startedOver =
        "%s moves data after %s was switched off and on and its driver started over"
            .formatted(master.name(), name);
    open =
        "the host has %s switched off, and %s reads and writes a guest's page"
            .formatted(name, master.name());
    for (Moment moment : Moment.values()) {
      reached[moment.ordinal()] =
          "%s reads and writes a guest's page that was given away %s"
              .formatted(master.name(), moment.words.formatted(name));
    }
  }

  /** All of them, but for {@link #switchOffOpenOne}. */
  void attack() {
    disable();
    if (stuck.isPresent()) {
      Stream.of(switched, moved, startedOver).forEach(what -> journal.skip(what, stuck.get()));
      Arrays.stream(reached).forEach(what -> journal.skipForbidden(what, stuck.get()));
    } else if (switchOffAndOn()) {
      startOver();
    }
  }

  /**
   * A driver that sends no command before SMMUEN is 1 again. Hardware alone might then use what it
   * had cached (IHI 0070 6.3.9.6); EL2 has the host's table used as it is now.
   */
  private void disable() {
    driver.enable(SmmuDriver.RUNNING & ~Cr0.SMMUEN.mask());
    driver.enable(SmmuDriver.RUNNING);
    journal.mustWork(disabled, moves(20), system::whyStopped);
    long page = system.newPage();
    master.domain().map(IOVA, page, system.pageBytes());
    master.touch(IOVA);
    driver.enable(SmmuDriver.RUNNING & ~Cr0.SMMUEN.mask());
    driver.clear(master.stream().streamId());
    driver.enable(SmmuDriver.RUNNING);
    system.forget();
    journal.mustFail(cleared, master.touch(IOVA), system::whyStopped);
    master.reattach();
    unmap(IOVA, page);
  }

  /** Whether the SMMU has its power again. */
  private boolean switchOffAndOn() {
    Victim before = used(Moment.BEFORE);
    Victim meanwhile = used(Moment.MEANWHILE);
    Victim after = used(Moment.AFTER);
    boolean given = system.giveAway(before, journal);
    boolean off = system.power(registers, false);
    boolean leaks = reaches(Moment.BEFORE, before);
    given &= system.giveAway(meanwhile, journal);
    boolean leaksMeanwhile = reaches(Moment.MEANWHILE, meanwhile);
    boolean on = system.power(registers, true);
    journal.mustWork(switched, off && on, () -> "EL2: hypercall refused");
    if (!on) {
      return false;
    }
    journal.mustWork(moved, moves(21), system::whyStopped);
    use(Moment.AFTER);
    given &= system.giveAway(after, journal);
    if (given) {
      mustFail(Moment.BEFORE, before, leaks);
      mustFail(Moment.MEANWHILE, meanwhile, leaksMeanwhile);
      mustFail(Moment.AFTER, after, false);
    }
    for (Moment moment : new Moment[] {Moment.BEFORE, Moment.MEANWHILE, Moment.AFTER}) {
      master.domain().unmap(iova(moment), system.pageBytes());
    }
    return true;
  }

  /** First a driver that tells of nothing, then one that resets all, as Linux's does. */
  private void startOver() {
    Victim victim = used(Moment.DISABLED);
    boolean off = driver.enable(0) && system.power(registers, false);
    boolean given = system.giveAway(victim, journal);
    boolean on = system.power(registers, true);
    if (off && on && given) {
      driver.enable(SmmuDriver.RUNNING);
      mustFail(Moment.DISABLED, victim, false);
    }
    boolean again =
        driver.enable(0)
            && system.power(registers, false)
            && system.power(registers, true)
            && driver.restart() == SmmuDriver.Outcome.OK;
    master.domain().unmap(iova(Moment.DISABLED), system.pageBytes());
    journal.mustWork(startedOver, again && moves(22), system::whyStopped);
  }

  /**
   * Of an SMMU whose board does not vouch for it. If EL2 lets it lose its power all the same, it is
   * lost for the rest of the run.
   */
  void switchOffOpenOne() {
    if (!stuck.equals(Optional.of(OPEN))) {
      journal.skipForbidden(open, stuck.orElse(VOUCHED));
      return;
    }
    Victim victim = system.newVictim();
    if (system.giveAway(victim, journal)) {
      system.power(registers, false);
      boolean leaks = reaches(victim.address(), victim);
      journal.mustFail(open, leaks, () -> system.whyMeasure(Measure.ABORT_WITHOUT_POWER));
      system.power(registers, true);
    }
  }

  private static long iova(Moment moment) {
    return IOVA + (moment.ordinal() + 1) * STRIDE;
  }

  /** A page that the device has used, so that caches may have all that leads to it. */
  private Victim used(Moment moment) {
    Victim victim = system.newVictim();
    master.domain().map(iova(moment), victim.address(), system.pageBytes());
    use(moment);
    return victim;
  }

  private void use(Moment moment) {
    master.touch(iova(moment));
    master.write(iova(moment), Payload.of(moment.ordinal()));
  }

  private void mustFail(Moment moment, Victim victim, boolean leaked) {
    system.forget();
    boolean leaks = reaches(moment, victim);
    journal.mustFail(reached[moment.ordinal()], leaked || leaks, system::whyStopped);
  }

  private boolean reaches(Moment moment, Victim victim) {
    return reaches(iova(moment), victim);
  }

  private boolean reaches(long address, Victim victim) {
    boolean read = master.canRead() && master.read(address, new byte[Payload.BYTES]);
    boolean written = master.write(address, Payload.of(5));
    boolean leaks = read || written || !victim.intact();
    victim.remember();
    return leaks;
  }

  /** Both ways, by a fresh mapping that is taken away again. */
  private boolean moves(int seed) {
    long page = system.newPage();
    byte[] data = Payload.of(seed);
    master.domain().map(IOVA, page, system.pageBytes());
    master.write(IOVA, data);
    boolean works = master.wrote(data, system.load(page, data.length));
    if (works && master.canRead()) {
      byte[] back = new byte[data.length];
      works = master.read(IOVA, back) && Arrays.equals(data, back);
    }
    unmap(IOVA, page);
    return works;
  }

  private void unmap(long address, long page) {
    master.domain().unmap(address, system.pageBytes());
    system.hostMemory().freeBytes(page, system.pageBytes());
  }
}
