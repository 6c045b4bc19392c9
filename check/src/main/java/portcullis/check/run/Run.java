package portcullis.check.run;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.Granule;
import portcullis.board.Attachment;
import portcullis.board.Board;
import portcullis.board.Master;
import portcullis.board.Smmu;
import portcullis.board.StreamRange;
import portcullis.check.run.RunReport.MasterLine;
import portcullis.check.run.RunReport.Result;
import portcullis.check.run.RunReport.SmmuLine;
import portcullis.check.run.RunReport.SmmuStatus;
import portcullis.host.StreamTable;
import portcullis.hyp.smmuv3.SmmuReport;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/**
 * The main job. In order: the host drives each SMMU on bare metal, with stage 1 alone; EL2 boots
 * and the host is deprivileged; the host brings the SMMUs up again, through the emulation, and
 * attaches every master; data moves; pages are given to a guest and attacked; the guest ends, its
 * pages come back and work again.
 */
public final class Run implements AutoCloseable {
  private static final int NARROW_ADDRESS_BITS = 48;

  private final RunMachine machine;
  private final Granule granule;
  private final long seed;
  private final Optional<ProtectedSystem> built;

  /**
   * A run that has not begun, on the model of a board.
   *
   * @param board the machine to build
   * @param profile what its SMMUs can do
   * @param policies what EL2 decides by
   * @param seed where the run's choices come from: StreamIDs, addresses, data
   * @param trace takes every event
   */
  public Run(Board board, Profile profile, Policies policies, long seed, TraceSink trace) {
    this(onModel(board, profile), policies, seed, trace);
  }

  /**
   * The physical address size that the CPUs' stage 2 is built for: no board may use an address
   * beyond. It is 52 bits with pages of 64 KiB, whose descriptors can tell (DDI 0487 D8.3.1,
   * FEAT_LPA); for smaller pages the SMMU would need IDR5.DS.
   */
  public static int addressBits(Granule granule) {
    return granule == Granule.SIZE_64K ? AddressSize.MAX_BITS : NARROW_ADDRESS_BITS;
  }

  /** Makes the model of a board with SMMUs of one profile. */
  public static RunMachine.Maker onModel(Board board, Profile profile) {
    return (store, trace) -> new ModelMachine(board, profile, store, trace);
  }

  /** A run that has not begun, on a machine that it makes, and ends when it is closed. */
  public Run(RunMachine.Maker maker, Policies policies, long seed, TraceSink trace) {
    this.granule = policies.granule();
    this.seed = seed;
    Store store = new Store();
    Witness witness = new Witness(trace);
    machine = maker.make(store, witness);
    built = ProtectedSystem.load(machine, store, witness, policies);
  }

  /** Ends the machine. */
  @Override
  public void close() {
    machine.close();
  }

  /** Carries it out, with one stream of each range of StreamIDs. */
  public RunReport report() {
    return report(1);
  }

  /**
   * Carries it out.
   *
   * @param streams how many of each range of StreamIDs the host attaches, where it has as many: one
   *     to a stage-1 domain, the others to bypass stage 1
   */
  public RunReport report(long streams) {
    Board board = machine.board();
    boolean anyEnabled = board.smmus().stream().anyMatch(Smmu::enabled);
    Map<Integer, SmmuReport> taken = new LinkedHashMap<>();
    Optional<Campaign> campaign = Optional.empty();
    if (built.isPresent() && anyEnabled) {
      campaign = Optional.of(new Campaign(board, built.get(), new SplittableRandom(seed), streams));
      campaign.get().bareMetal();
      taken.putAll(built.get().boot());
    }
    List<SmmuLine> smmus = board.smmus().stream().map(s -> smmuLine(s, taken)).toList();
    List<Smmu> isProtected =
        board.smmus().stream()
            .filter(s -> smmus.get(s.index()).status() == SmmuStatus.PROTECTED)
            .toList();
    List<Attempt> attempts = List.of();
    if (!isProtected.isEmpty() && campaign.isPresent()) {
      campaign.get().attackAll(isProtected);
      attempts = campaign.get().attempts();
    }
    return new RunReport(
        board,
        machine.kind(),
        machine.profile(),
        granule,
        seed,
        smmus,
        board.masters().stream()
            .filter(Master::enabled)
            .map(master -> masterLine(master, smmus))
            .toList(),
        attempts,
        built.map(ProtectedSystem::counters).orElse(Map.of()),
        result(isProtected, attempts));
  }

  private static Result result(List<Smmu> isProtected, List<Attempt> attempts) {
    if (isProtected.isEmpty()) {
      return Result.REFUSED;
    }
    return attempts.stream().allMatch(Attempt::asExpected) ? Result.HELD : Result.VIOLATED;
  }

  private static SmmuLine smmuLine(Smmu smmu, Map<Integer, SmmuReport> taken) {
    long base = smmu.registers().base();
    if (!smmu.enabled()) {
      return new SmmuLine(
          smmu.name(), base, SmmuStatus.DISABLED, "the device tree disables it: left alone");
    }
    SmmuReport report = taken.get(smmu.index());
    if (report == null) {
      return new SmmuLine(
          smmu.name(),
          base,
          SmmuStatus.REFUSED,
          "the board has no range of memory that is large enough to boot with (see --memory)");
    }
    return new SmmuLine(
        smmu.name(),
        base,
        report.status() == SmmuReport.Status.PROTECTED ? SmmuStatus.PROTECTED : SmmuStatus.REFUSED,
        report.reason());
  }

  private static MasterLine masterLine(Master master, List<SmmuLine> smmus) {
    String names =
        master.streams().stream()
            .map(range -> smmus.get(range.smmu()).name())
            .distinct()
            .collect(Collectors.joining(","));
    String streams =
        master.streams().stream().map(Run::streamText).collect(Collectors.joining(","));
    if (master.attachment() != Attachment.SMMU) {
      return new MasterLine(master.name(), false, names, streams, master.reason());
    }
    for (StreamRange range : master.streams()) {
      SmmuLine smmu = smmus.get(range.smmu());
      if (smmu.status() != SmmuStatus.PROTECTED) {
        return new MasterLine(
            master.name(), false, names, streams, smmu.name() + " is not protected");
      }
      if (!covered(range)) {
        return new MasterLine(
            master.name(),
            false,
            names,
            streams,
            "its StreamIDs exceed the %d bits that stream tables cover"
                .formatted(StreamTable.MAX_BITS));
      }
    }
    return new MasterLine(master.name(), true, names, streams, "");
  }

  /** Whether a stream table of the drivers' size has an entry for each of these streams. */
  static boolean covered(StreamRange range) {
    return (range.first() + range.count() - 1) >>> StreamTable.MAX_BITS == 0;
  }

  private static String streamText(StreamRange range) {
    return range.count() == 1
        ? "0x%x".formatted(range.first())
        : "0x%x-0x%x".formatted(range.first(), range.first() + range.count() - 1);
  }
}
