package portcullis.check.run;

import java.util.ArrayList;
import java.util.List;
import portcullis.arch.Field;
import portcullis.board.Board;
import portcullis.board.Smmu;
import portcullis.host.Domain;
import portcullis.host.Entries;
import portcullis.host.SmmuDriver;
import portcullis.machine.DmaMaster;
import portcullis.machine.Stream;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceEvent;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/** EL2, a host and a guest on the built-in board, with one stream behind a stage-1 domain. */
final class OneStream {
  final ProtectedSystem system;
  final SmmuDriver driver;
  final ActiveMaster master;
  final Journal journal = new Journal();

  /** What happened since it was last cleared. */
  final List<TraceEvent> events = new ArrayList<>();

  /**
   * Everything is up.
   *
   * @param pci whether the stream is a PCI device's
   */
  OneStream(Profile profile, boolean pci) {
    this(Boards.builtIn(), profile, pci);
  }

  /** As the other, on another board. */
  OneStream(Board board, Profile profile, boolean pci) {
    Store store = new Store();
    Witness witness =
        new Witness(
            new TraceSink() {
              @Override
              public boolean enabled() {
                return true;
              }

              @Override
              public void accept(TraceEvent event) {
                events.add(event);
              }
            });
    RunMachine machine = Run.onModel(board, profile).make(store, witness);
    system = ProtectedSystem.load(machine, store, witness, Policies.DEFAULT).orElseThrow();
    system.boot();
    RunMaster device =
        machine.masters().stream()
            .filter(each -> each.pci() == pci && !each.streams().isEmpty())
            .findFirst()
            .orElseThrow();
    Smmu smmu = board.smmus().get(device.streams().getFirst().smmu());
    driver = system.newDriver(smmu, "host.");
    if (driver.bringUp() != SmmuDriver.Outcome.OK) {
      throw new AssertionError("the host's driver does not come up");
    }
    Stream stream = Stream.of(smmu.index(), (int) device.streams().getFirst().first());
    Domain domain = driver.newDomain();
    if (!driver.attach(stream.streamId(), domain)) {
      throw new AssertionError("the stream cannot be attached");
    }
    master = new ActiveMaster(device, device.streams().getFirst(), stream, driver, domain);
    system.startGuest();
  }

  /** The device itself. */
  DmaMaster device() {
    return ((ModelMaster) master.device()).device();
  }

  /** Installs the stream's STE with one field changed. */
  void install(Field field, long value) {
    int stream = master.stream().streamId();
    long[] ste = driver.entry(stream);
    ste[field.word()] = field.with(ste[field.word()], value);
    driver.install(stream, Entries.abort());
    driver.install(stream, ste);
  }

  /** The last access that an SMMU stopped. */
  TraceEvent.Fault lastFault() {
    return events.stream()
        .filter(TraceEvent.Fault.class::isInstance)
        .map(TraceEvent.Fault.class::cast)
        .reduce((_, later) -> later)
        .orElseThrow();
  }

  /** The names of the commands that EL2 gave to hardware. */
  List<String> commandsToHardware() {
    return events.stream()
        .filter(TraceEvent.Command.class::isInstance)
        .map(TraceEvent.Command.class::cast)
        .filter(command -> command.from().equals("hyp"))
        .map(TraceEvent.Command::name)
        .toList();
  }
}
