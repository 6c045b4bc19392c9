package portcullis.check.run;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import portcullis.arch.smmu.Ste;
import portcullis.host.SmmuDriver;
import portcullis.machine.smmuv3.AtsCompletion;

/**
 * What a PCI device tries with addresses that it says are translated (IHI 0070 3.9.1): what it was
 * told while the page was the host's, what it asks for afterwards, and what it makes up. Afterwards
 * the SMMU works as before.
 */
final class AtsAttempts {
  private static final long IOVA = 1L << 37;

  private final ProtectedSystem system;
  private final AtsStream ats;
  private final ActiveMaster master;

  AtsAttempts(ProtectedSystem system, AtsStream ats) {
    this.system = system;
    this.ats = ats;
    this.master = ats.master();
  }

  /** All of them. */
  void attack() {
    Optional<String> missing = ats.lacksAts();
    if (missing.isPresent()) {
      Stream.of(AtsAttempt.values())
          .filter(attempt -> !attempt.needsPri())
          .forEach(attempt -> ats.skip(attempt, missing.get()));
      return;
    }
    AtsDevice device = master.device().ats().orElseThrow();
    Victim victim = system.newVictim();
    master.domain().map(IOVA, victim.address(), system.pageBytes());
    ats.requestAts();
    Optional<String> hidden = ats.hidesAts();
    device.enable(hidden.isEmpty(), false);
    hidden.ifPresentOrElse(why -> ats.skip(AtsAttempt.USE, why), () -> use(victim));
    if (ats.give(victim)) {
      hidden.ifPresentOrElse(this::skipCached, () -> cached(victim));
      device.enable(false, false);
      answer(device);
      forged(device, victim);
    }
    device.enable(false, false);
    permitted(device);
    ats.leave();
    master.domain().unmap(IOVA, system.pageBytes());
  }

  /**
   * What an SMMU with a Device Permission Table tells a device, it may keep as a permission of the
   * page itself, which no invalidation of translations reaches (IHI 0070 3.24.2, 3.24.5).
   */
  private void permitted(AtsDevice device) {
    if (!ats.hasPermissions()) {
      ats.skip(AtsAttempt.PERMITTED_BY_ANSWER, "its SMMU has no permission tables: IDR3.DPT is 0");
      return;
    }
    Victim victim = system.newVictim();
    master.domain().unmap(IOVA, system.pageBytes());
    master.domain().map(IOVA, victim.address(), system.pageBytes());
    ats.requestAtsWithPermissions();
    device.ask(master.stream(), IOVA);
    if (ats.give(victim)) {
      write(AtsAttempt.PERMITTED_BY_ANSWER, device, victim, () -> system.whySte(Ste.EATS));
    }
  }

  /** By ATS, so that the device has the page in its cache afterwards. */
  private void use(Victim victim) {
    byte[] data = Payload.of(1);
    byte[] back = new byte[data.length];
    boolean worked =
        master.write(IOVA, data)
            && system.holds(victim.address(), data)
            && master.read(IOVA, back)
            && Arrays.equals(data, back);
    ats.mustWork(AtsAttempt.USE, worked, system::whyStopped);
  }

  private void skipCached(String why) {
    ats.skip(AtsAttempt.CACHED_READ, why);
    ats.skip(AtsAttempt.CACHED_WRITE, why);
  }

  private void cached(Victim victim) {
    system.forget();
    boolean read = master.read(IOVA, new byte[Payload.BYTES]);
    ats.mustFail(AtsAttempt.CACHED_READ, read, system::whyStopped);
    system.forget();
    boolean written = master.write(IOVA, Payload.of(2));
    ats.mustFail(AtsAttempt.CACHED_WRITE, written || !victim.intact(), system::whyStopped);
    victim.remember();
  }

  private void answer(AtsDevice device) {
    AtsCompletion answer = device.ask(master.stream(), IOVA);
    String words =
        answer.status() == AtsCompletion.Status.SUCCESS
            ? "the answer allows neither reading nor writing"
            : "the answer is " + answer.status().text();
    ats.mustFail(AtsAttempt.ANSWER, answer.grants(), () -> words);
  }

  private void forged(AtsDevice device, Victim victim) {
    system.forget();
    boolean read =
        device.readTranslated(master.stream(), victim.address(), new byte[Payload.BYTES]);
    ats.mustFail(AtsAttempt.FORGED_READ, read, system::whyStopped);
    write(AtsAttempt.FORGED_WRITE, device, victim, system::whyStopped);
    ats.requestAtsInBypass();
    write(AtsAttempt.FORGED_BYPASS, device, victim, system::whyStopped);
    // Without ATSCHK hardware would ask neither the STE nor stage 2 (IHI 0070 3.9.1.3).
    master.reattach();
    ats.writeCr0(SmmuDriver.RUNNING);
    write(AtsAttempt.UNCHECKED, device, victim, system::whyStopped);
  }

  private void write(
      AtsAttempt attempt, AtsDevice device, Victim victim, Supplier<String> whyStopped) {
    system.forget();
    boolean written = device.writeTranslated(master.stream(), victim.address(), Payload.of(3));
    ats.mustFail(attempt, written || !victim.intact(), whyStopped);
    victim.remember();
  }
}
