package portcullis.bench;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import portcullis.board.AddressRange;
import portcullis.board.Attachment;
import portcullis.board.Board;
import portcullis.board.Master;
import portcullis.board.Smmu;
import portcullis.board.StreamRange;
import portcullis.machine.DmaMaster;
import portcullis.machine.Machine;
import portcullis.machine.smmuv3.SmmuV3;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.platform.trace.TraceSink;
import portcullis.store.Store;

/**
 * The modelled machine that the benchmarks run: the places of QEMU's {@code virt}, one SMMU, one
 * DMA master.
 *
 * @param smmu what is measured
 * @param master reads and writes by DMA with any StreamID
 * @param workload what the SMMU's tables hold
 */
record Model(SmmuV3 smmu, DmaMaster master, Workload workload) {
  private static final long REGISTER_BYTES = 0x2_0000;
  private static final long STREAM_IDS = 1 << 16;

  /** A machine with {@code streams} nested streams, from StreamID {@code firstStream} on. */
  static Model with(Profile profile, int firstStream, int streams) {
    Machine machine = new Machine(new Store(), board(), profile, 1, TraceSink.NONE);
    return new Model(
        machine.smmu(0).orElseThrow(),
        machine.masters().getFirst(),
        Workload.build(machine.platform(), firstStream, streams));
  }

  private static Board board() {
    AddressRange registers = new AddressRange(Workload.SMMU_BASE, REGISTER_BYTES);
    Smmu smmu =
        new Smmu(
            0,
            "/smmuv3",
            "smmuv3",
            registers,
            true,
            true,
            Optional.empty(),
            OptionalInt.empty(),
            List.of(),
            List.of());
    Master master =
        new Master(
            "/pcie",
            "pcie",
            List.of(),
            List.of(),
            true,
            true,
            true,
            List.of(new StreamRange(0, 0, STREAM_IDS, 0)),
            -1,
            Attachment.SMMU,
            "");
    return new Board(
        "bench",
        "bench",
        List.of(),
        List.of(new AddressRange(Workload.RAM_BASE, Workload.RAM_BYTES)),
        List.of(),
        List.of(),
        List.of(),
        List.of(registers),
        List.of(smmu),
        List.of(master),
        List.of());
  }
}
