package portcullis.check;

import java.util.List;
import java.util.function.Predicate;
import portcullis.board.Board;
import portcullis.board.Master;
import portcullis.board.Smmu;

/** Boards with devices that do not look into the CPUs' caches. */
public final class NonCoherent {
  private NonCoherent() {}

  /** A board of which no SMMU and no master snoops. */
  public static Board all(Board board) {
    return some(board, smmu -> true, master -> true);
  }

  /** A board of which these SMMUs and masters do not snoop. */
  public static Board some(Board board, Predicate<Smmu> smmus, Predicate<Master> masters) {
    List<Smmu> changedSmmus =
        board.smmus().stream().map(s -> smmus.test(s) ? nonCoherent(s) : s).toList();
    List<Master> changedMasters =
        board.masters().stream().map(m -> masters.test(m) ? nonCoherent(m) : m).toList();
    return new Board(
        board.fileName(),
        board.model(),
        board.compatible(),
        board.memory(),
        board.carveOuts(),
        board.reserved(),
        board.firmwareReserved(),
        board.registers(),
        changedSmmus,
        changedMasters,
        board.overrides());
  }

  private static Smmu nonCoherent(Smmu smmu) {
    return new Smmu(
        smmu.index(),
        smmu.path(),
        smmu.name(),
        smmu.registers(),
        smmu.enabled(),
        false,
        smmu.coherentBus(),
        smmu.phandle(),
        smmu.interrupts(),
        smmu.quirks());
  }

  private static Master nonCoherent(Master master) {
    return new Master(
        master.path(),
        master.name(),
        master.compatible(),
        master.registers(),
        master.enabled(),
        false,
        master.pci(),
        master.streams(),
        master.ridMask(),
        master.attachment(),
        master.reason());
  }
}
