package portcullis.check.run;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import portcullis.board.Board;
import portcullis.board.Smmu;
import portcullis.board.StreamRange;
import portcullis.host.Domain;
import portcullis.host.SmmuDriver;
import portcullis.machine.Stream;
import portcullis.platform.HostAbort;

/** What the host and the devices do in a run, in order; every step is noted in the journal. */
final class Campaign {
  private final Board board;
  private final ProtectedSystem system;
  private final SplittableRandom random;
  private final long streams;
  private final Journal journal = new Journal();

  /**
   * What has not begun.
   *
   * @param streams how many of each range of StreamIDs the host attaches, at least 1
   */
  Campaign(Board board, ProtectedSystem system, SplittableRandom random, long streams) {
    this.board = board;
    this.system = system;
    this.random = random;
    this.streams = streams;
  }

  /** Every attempt so far. */
  List<Attempt> attempts() {
    return journal.attempts();
  }

  /** While nobody stands between: the host's driver and stage 1 alone, to compare with. */
  void bareMetal() {
    for (Smmu smmu : board.smmus()) {
      Optional<RunMaster> device = smmu.enabled() ? firstBehind(smmu) : Optional.empty();
      if (device.isEmpty()) {
        continue;
      }
      SmmuDriver driver = system.newDriver(smmu, "host.boot.");
      if (driver.bringUp() != SmmuDriver.Outcome.OK) {
        continue;
      }
      StreamRange range = rangeAt(device.get(), smmu);
      if (!Run.covered(range)) {
        continue;
      }
      Stream stream = chooseStream(range);
      Domain domain = driver.newDomain();
      if (domain != null && driver.attach(stream.streamId(), domain)) {
        ActiveMaster master = new ActiveMaster(device.get(), range, stream, driver, domain);
        new DmaAttempts(system, master, random.split(), journal).moveThroughStage1();
        driver.detach(stream.streamId());
        domain.destroy();
      }
      driver.shutDown();
    }
  }

  /**
   * The host brings up what EL2 protects, attaches every master, and does what must work and what
   * must not.
   *
   * @param isProtected SMMUs that EL2 took over
   */
  void attackAll(List<Smmu> isProtected) {
    try {
      attack(isProtected);
    } catch (HostAbort abort) {
      journal.mustWork(
          "the host reaches its own memory and registers",
          false,
          () -> "EL2: " + abort.getMessage());
    }
  }

  private void attack(List<Smmu> isProtected) {
    List<DmaAttempts> dma = new ArrayList<>();
    List<Optional<Victim>> victims = new ArrayList<>();
    Map<Integer, SmmuDriver> drivers = new LinkedHashMap<>();
    for (Smmu smmu : isProtected) {
      SmmuDriver driver = system.newDriver(smmu, "host.");
      SmmuDriver.Outcome outcome = driver.bringUp();
      journal.mustWork(
          "the host's driver probes, resets and enables " + smmu.name(),
          outcome == SmmuDriver.Outcome.OK,
          outcome::toString);
      if (outcome == SmmuDriver.Outcome.OK) {
        drivers.put(smmu.index(), driver);
      }
    }
    List<ActiveMaster> active = attachAll(drivers);
    for (ActiveMaster master : active) {
      DmaAttempts attempts = new DmaAttempts(system, master, random.split(), journal);
      attempts.moveThroughBothAndStage2();
      dma.add(attempts);
    }
    List<PassthroughStreams> others = attachOthers(active);
    system.startGuest();
    for (DmaAttempts attempts : dma) {
      victims.add(attempts.attack());
    }
    others.forEach(PassthroughStreams::attack);
    drivers.forEach((smmu, driver) -> attackSmmu(board.smmus().get(smmu), driver, active));
    drivers.forEach((smmu, driver) -> attackByKind(board.smmus().get(smmu), driver, active));
    drivers.forEach(
        (smmu, driver) ->
            new QueueAttempts(system, driver, board.smmus().get(smmu), journal)
                .giveRunningMemoryAway());
    system.endGuest(journal);
    for (int i = 0; i < dma.size(); i++) {
      victims.get(i).ifPresent(dma.get(i)::useReclaimed);
    }
    system.startGuest();
    drivers.forEach(
        (smmu, driver) ->
            power(board.smmus().get(smmu), driver, active)
                .ifPresent(PowerAttempts::switchOffOpenOne));
    system.endGuest(journal);
  }

  private Optional<PowerAttempts> power(Smmu smmu, SmmuDriver driver, List<ActiveMaster> active) {
    return best(driver, active).map(by -> new PowerAttempts(system, by, smmu, journal));
  }

  /** What not every device can try, and what an SMMU must tell the host. */
  private void attackByKind(Smmu smmu, SmmuDriver driver, List<ActiveMaster> active) {
    Optional<ActiveMaster> pci = best(driver, active, true);
    if (pci.isPresent()) {
      AtsStream ats = new AtsStream(system, pci.get(), smmu, journal);
      new AtsAttempts(system, ats).attack();
      new PageRequestAttempts(system, ats).attack();
    }
    Optional<ActiveMaster> platform = best(driver, active, false);
    platform.ifPresent(master -> new StallAttempts(system, master, smmu, journal).attack());
    new InterruptAttempts(system, driver, smmu, journal).receive(pci.or(() -> platform));
    power(smmu, driver, active).ifPresent(PowerAttempts::attack);
  }

  /** The first master behind an SMMU, one that can read if there is one. */
  private static Optional<ActiveMaster> best(SmmuDriver driver, List<ActiveMaster> active) {
    return active.stream()
        .filter(m -> m.driver() == driver)
        .min(Comparator.comparing(m -> !m.canRead()));
  }

  /** The first master of a kind behind an SMMU, one that can read if there is one. */
  private static Optional<ActiveMaster> best(
      SmmuDriver driver, List<ActiveMaster> active, boolean pci) {
    return active.stream()
        .filter(m -> m.driver() == driver && m.device().pci() == pci)
        .min(Comparator.comparing(m -> !m.canRead()));
  }

  private void attackSmmu(Smmu smmu, SmmuDriver driver, List<ActiveMaster> active) {
    QueueAttempts queues = new QueueAttempts(system, driver, smmu, journal);
    queues.commandQueueInGuestPage();
    queues.syncInterruptToGuestPage();
    Optional<ActiveMaster> master = best(driver, active);
    if (master.isPresent()) {
      queues.eventQueueInGuestPage(master.get());
      queues.eventInterruptToGuestPage(master.get());
      DmaAttempts dma = new DmaAttempts(system, master.get(), random.split(), journal);
      dma.contextDescriptorInGuestPage();
      dma.translationTableInGuestPage();
      new PartIdAttempt(system, master.get(), smmu, journal).attack();
      new RegisterAttempts(
              system, driver, smmu.name(), smmu.registers().base(), master.get(), journal)
          .attack();
    }
  }

  /**
   * Attaches one stream, chosen by the seed, of each range of StreamIDs of each master. Masters
   * that share a StreamID share its domain, as an IOMMU group does.
   */
  private List<ActiveMaster> attachAll(Map<Integer, SmmuDriver> drivers) {
    List<ActiveMaster> active = new ArrayList<>();
    Map<Stream, Domain> attached = new HashMap<>();
    for (RunMaster device : system.machine().masters()) {
      for (StreamRange range : device.streams()) {
        SmmuDriver driver = drivers.get(range.smmu());
        if (driver == null || !Run.covered(range)) {
          continue;
        }
        Stream stream = chooseStream(range);
        Domain domain = attached.get(stream);
        if (domain == null) {
          domain = attach(device, stream, driver);
        }
        if (domain != null) {
          attached.put(stream, domain);
          active.add(new ActiveMaster(device, range, stream, driver, domain));
        }
      }
    }
    return active;
  }

  /** Beside the streams that are attached, as many more of each range as were asked for. */
  private List<PassthroughStreams> attachOthers(List<ActiveMaster> active) {
    List<PassthroughStreams> others = new ArrayList<>();
    if (streams == 1) {
      return others;
    }
    Set<Stream> taken = active.stream().map(ActiveMaster::stream).collect(Collectors.toSet());
    for (ActiveMaster master : active) {
      PassthroughStreams more = new PassthroughStreams(system, master, streams, taken, journal);
      more.attach();
      others.add(more);
    }
    return others;
  }

  private Domain attach(RunMaster device, Stream stream, SmmuDriver driver) {
    Domain domain = driver.newDomain();
    boolean attached = domain != null && driver.attach(stream.streamId(), domain);
    journal.mustWork(
        "the host attaches %s (StreamID 0x%x) to a stage-1 domain"
            .formatted(device.name(), stream.streamId()),
        attached,
        system::whyTrapped);
    return attached ? domain : null;
  }

  private Optional<RunMaster> firstBehind(Smmu smmu) {
    return system.machine().masters().stream()
        .filter(m -> m.streams().stream().anyMatch(r -> r.smmu() == smmu.index()))
        .findFirst();
  }

  private static StreamRange rangeAt(RunMaster device, Smmu smmu) {
    return device.streams().stream()
        .filter(range -> range.smmu() == smmu.index())
        .findFirst()
        .orElseThrow();
  }

  private Stream chooseStream(StreamRange range) {
    return Stream.of(range.smmu(), (int) (range.first() + random.nextLong(range.count())));
  }
}
