package portcullis.check.hostile;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import portcullis.board.AddressRange;
import portcullis.board.Board;
import portcullis.board.Smmu;
import portcullis.hyp.Hypercall;
import portcullis.hyp.mem.HostPages;
import portcullis.machine.Machine;
import portcullis.platform.HostAbort;
import portcullis.platform.HostCpu;

/**
 * A host that does anything, with a liking for what nearly makes sense: a purely random one never
 * gets past a reset. Every choice comes from the seed.
 */
final class HostileHost {
  private static final Action[] ACTIONS = Action.values();

  /** How many actions an SMMU without power is chosen for until it has power again. */
  private static final int WITHOUT_POWER_FOR = 12;

  /** On average, in actions. */
  private static final int WRITE_BACK_EVERY = 16;

  private final SplittableRandom random;
  private final Machine machine;

  /** Whether some of memory may be in caches that not everybody looks into. */
  private final boolean caches;

  private final HostCpu cpu;
  private final HostPages pages;
  private final Oracle oracle;
  private final Addresses addresses;
  private final Step step;
  private final RegisterActions registers;
  private final ConfigurationActions configuration;
  private final DeviceActions devices;
  private final GuestActions guests;
  private final List<Site> sites = new ArrayList<>();
  private final String[][] beginnings;
  private final Map<Action, Tally<Outcome>> outcomes = new EnumMap<>(Action.class);
  private final int totalWeight;

  HostileHost(Board board, Testbed testbed, long seed, Oracle oracle, Tally<Reached> reached) {
    random = new SplittableRandom(seed);
    this.oracle = oracle;
    machine = testbed.machine();
    caches = machine.hasCaches();
    cpu = machine.cpu(0);
    pages = testbed.hypervisor().pages();
    List<Long> registerBases = new ArrayList<>();
    for (AddressRange range : board.registers()) {
      registerBases.add(range.base());
    }
    for (Smmu smmu : testbed.smmus()) {
      registerBases.add(smmu.registers().base());
    }
    Given given = new Given(testbed.parameters().pageSize());
    addresses =
        new Addresses(random, testbed.parameters(), testbed.kernelMemory(), registerBases, given);
    for (Smmu smmu : testbed.smmus()) {
      sites.add(new Site(smmu, testbed.machine(), addresses));
    }
    step = new Step(random, reached);
    registers = new RegisterActions(step, random, cpu, addresses);
    devices = new DeviceActions(step, random, testbed.machine(), addresses, oracle);
    configuration = new ConfigurationActions(step, random, cpu, addresses, devices);
    guests = new GuestActions(step, random, cpu, addresses, given, devices, oracle);
    beginnings = new String[sites.size()][ACTIONS.length];
    for (int i = 0; i < sites.size(); i++) {
      for (Action action : ACTIONS) {
        beginnings[i][action.ordinal()] =
            sites.get(i).smmu().name() + " " + action.name().toLowerCase(Locale.ROOT);
      }
    }
    int sum = 0;
    for (Action action : ACTIONS) {
      outcomes.put(action, new Tally<>(Outcome.class));
      sum += action.weight();
    }
    totalWeight = sum;
  }

  /** What the last action was, and what it showed. */
  Step step() {
    return step;
  }

  /** What came of the actions of each kind. */
  Map<Action, Map<Outcome, Long>> outcomes() {
    Map<Action, Map<Outcome, Long>> counts = new EnumMap<>(Action.class);
    outcomes.forEach((action, tally) -> counts.put(action, tally.read()));
    return counts;
  }

  /** How the host uses each SMMU, by the name that EL2 gives it. */
  Map<String, Site> sitesByName(Board board) {
    List<Smmu> enabled = board.smmus().stream().filter(Smmu::enabled).toList();
    return sites.stream()
        .collect(Collectors.toMap(site -> "smmu" + enabled.indexOf(site.smmu()), site -> site));
  }

  /** Acts once. */
  Action act() {
    if (caches && random.nextInt(WRITE_BACK_EVERY) == 0) {
      machine.writeCachesBack();
    }
    Action action = choose();
    int index = random.nextInt(sites.size());
    Site site = sites.get(index);
    step.begin(beginnings[index][action.ordinal()]);
    try {
      if (site.isOff() && action != Action.POWER && random.nextInt(WITHOUT_POWER_FOR) == 0) {
        guests.power(site);
      }
      perform(action, site);
    } catch (HostAbort _) {
      step.reached(Reached.HOST_ABORT);
    }
    outcomes.get(action).count(step.outcome());
    if (step.hasChanged()) {
      devices.probe();
    }
    return action;
  }

  /** Disables every SMMU, ends every guest and takes everything back. */
  void giveUp() {
    step.begin("give everything up");
    for (Site site : sites) {
      // Its power may also have been taken by a hypercall of any arguments.
      cpu.hypercall(Hypercall.POWER_ON.function(), site.smmu().registers().base());
      site.disable();
    }
    guests.giveUp(List.copyOf(oracle.busyPages()));
  }

  private Action choose() {
    int at = random.nextInt(totalWeight);
    int index = 0;
    while (at >= ACTIONS[index].weight()) {
      at -= ACTIONS[index].weight();
      index++;
    }
    return ACTIONS[index];
  }

  private void perform(Action action, Site site) {
    switch (action) {
      case BRING_UP -> registers.bringUp(site);
      case WRITE_REGISTER -> registers.writeRegister(site);
      case READ_REGISTER -> registers.readRegister(site);
      case ATTACH -> configuration.attach(site);
      case COMMANDS -> configuration.commands(site);
      case EDIT_STE -> configuration.editEntry(site);
      case EDIT_LEVEL_1 -> configuration.editLevel1(site);
      case EDIT_CD -> configuration.editContext();
      case EDIT_STAGE1 -> configuration.editStage1(site);
      case DMA -> devices.dma(site);
      case ATS -> devices.ats(site);
      case PAGE_REQUEST -> devices.pageRequest(site);
      case CPU_ACCESS -> accessByCpu();
      case DONATE -> guests.donate();
      case RECLAIM -> guests.reclaim();
      case POWER -> guests.power(site);
      case HYPERCALL -> guests.anyHypercall();
    }
  }

  private void accessByCpu() {
    long address = addresses.any() & -Long.BYTES;
    boolean write = step.oneIn(2);
    step.say("%s of 0x%x", write ? "write" : "read", address);
    if (write) {
      cpu.memory().write64(address, step.oneIn(2) ? random.nextLong() : addresses.any());
    } else {
      cpu.memory().read64(address);
    }
    // An access to an SMMU's registers that came back was emulated.
    if (pages.isMemory(address) && !oracle.hostOwns(address)) {
      step.found("the CPU reached 0x%x, which is not the host's".formatted(address));
    }
  }
}
