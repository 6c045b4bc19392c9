package portcullis.check.run;

import java.util.Optional;
import java.util.function.Supplier;
import portcullis.arch.smmu.Cr0;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.board.Smmu;
import portcullis.host.Entries;
import portcullis.host.SmmuDriver;

/**
 * A PCI master's stream for which the host asks for ATS, and what becomes of the attempts with it.
 */
final class AtsStream {
  private static final String HIDDEN =
      "EL2 hides ATS and PRI: this SMMU cannot split ATS between the stages (IDR0.NS1ATS)";

  private final ProtectedSystem system;
  private final ActiveMaster master;
  private final Smmu smmu;
  private final Journal journal;

  AtsStream(ProtectedSystem system, ActiveMaster master, Smmu smmu, Journal journal) {
    this.system = system;
    this.master = master;
    this.smmu = smmu;
    this.journal = journal;
  }

  ActiveMaster master() {
    return master;
  }

  Smmu smmu() {
    return smmu;
  }

  /** Why nothing of ATS can be tried; empty if it can. */
  Optional<String> lacksAts() {
    if (!hardwareHas(Idr0.ATS.mask())) {
      return Optional.of("its SMMU has no ATS: IDR0.ATS is 0");
    }
    return master.device().ats().isPresent()
        ? Optional.empty()
        : Optional.of(master.device().name() + " has no ATS");
  }

  /** Why the host cannot use ATS as it is meant; empty if it can. */
  Optional<String> hidesAts() {
    return driver().features().ats() ? Optional.empty() : Optional.of(HIDDEN);
  }

  /** Why nothing of PRI can be tried; empty if it can. */
  Optional<String> lacksPri() {
    if (!hardwareHas(Idr0.PRI.mask())) {
      return Optional.of("its SMMU has no PRI: IDR0.PRI is 0");
    }
    return driver().features().pri() ? Optional.empty() : Optional.of(HIDDEN);
  }

  /** Whether an STE can ask for checks by a Device Permission Table. */
  boolean hasPermissions() {
    return Idr3.DPT.isSet(system.hardwareRegister(smmu.registers().base(), Register.IDR3));
  }

  private boolean hardwareHas(long flag) {
    return (system.hardwareRegister(smmu.registers().base(), Register.IDR0) & flag) != 0;
  }

  SmmuDriver driver() {
    return master.driver();
  }

  /** Stage 1 with full ATS, and Translated transactions checked, as far as the host can say so. */
  void requestAts() {
    requestAts(Ste.EATS_FULL);
  }

  /** The same with checks of Translated transactions by the Device Permission Table. */
  void requestAtsWithPermissions() {
    requestAts(Ste.EATS_FULL_DPT);
  }

  private void requestAts(int eats) {
    master.reattach();
    install(driver().entry(master.stream().streamId()), eats);
    writeCr0(SmmuDriver.RUNNING | Cr0.ATSCHK.mask());
  }

  /** Bypass with full ATS. */
  void requestAtsInBypass() {
    install(Entries.bypass(), Ste.EATS_FULL);
  }

  private void install(long[] ste, int eats) {
    ste[Ste.EATS.word()] = Ste.EATS.with(ste[Ste.EATS.word()], eats);
    driver().install(master.stream().streamId(), ste);
  }

  /** No ATS any more. */
  void leave() {
    master.reattach();
    writeCr0(SmmuDriver.RUNNING);
  }

  /** Writes CR0, whether or not all of it will be acknowledged: some may be hidden. */
  void writeCr0(long value) {
    driver().registers().write(Register.CR0, value);
  }

  void skip(AtsAttempt attempt, String why) {
    if (attempt.forbidden()) {
      journal.skipForbidden(text(attempt), why);
    } else {
      journal.skip(text(attempt), why);
    }
  }

  void mustFail(AtsAttempt attempt, boolean worked, Supplier<String> why) {
    journal.mustFail(text(attempt), worked, why);
  }

  void mustWork(AtsAttempt attempt, boolean worked, Supplier<String> why) {
    journal.mustWork(text(attempt), worked, why);
  }

  /**
   * A fresh page of the guest's.
   *
   * @return empty if EL2 did not let it pass: the journal has it
   */
  Optional<Victim> guestPage() {
    Victim victim = system.newVictim();
    return give(victim) ? Optional.of(victim) : Optional.empty();
  }

  /** Gives a page away that is still the host's. */
  boolean give(Victim victim) {
    return system.giveAway(victim, journal);
  }

  private String text(AtsAttempt attempt) {
    return attempt.text(master.name(), smmu.name());
  }
}
