package portcullis.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import portcullis.arch.vmsa.Granule;
import portcullis.board.AcpiBoardReader;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.BuiltInBoard;
import portcullis.board.MemoryArgument;
import portcullis.board.acpi.AcpiTable;
import portcullis.board.acpi.AcpiTables;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.DeviceTree;
import portcullis.check.run.Run;
import portcullis.machine.smmuv3.profile.Profile;

/** The options that say which machine the model is of, and in which pages EL2 protects it. */
final class BoardArguments {
  @Option(
      names = "--dtb",
      paramLabel = "FILE",
      converter = FileConverter.class,
      description = "The board's flattened device tree. Default: a built-in board.")
  private Path dtb;

  @Option(
      names = "--acpi",
      paramLabel = "FILE",
      converter = FileConverter.class,
      description =
          "An ACPI table of the board, in place of a device tree: its IORT, and again for its SRAT"
              + " (memory) and MCFG (PCI buses), if at hand (docs/boards.md).")
  private List<Path> acpi = List.of();

  @Mixin private ProfileOption profile;

  @Option(
      names = "--granule",
      paramLabel = "SIZE",
      description =
          "The hypervisor's page, of ownership and of both stage-2 tables:"
              + " ${COMPLETION-CANDIDATES}. Default: 4k.",
      completionCandidates = GranuleArgument.Names.class,
      converter = GranuleArgument.class)
  private Granule granule = Granule.SIZE_4K;

  @Option(
      names = "--memory",
      paramLabel = "SIZE|BASE+SIZE,...",
      hideParamSyntax = true,
      description =
          "The board's memory, in place of what the files say: 8G, or 0x0+32G,0x40000000000+32G.")
  private String memory;

  @Option(
      names = "--assume",
      paramLabel = "coherent,enabled",
      split = ",",
      hideParamSyntax = true,
      description =
          "Take every SMMU as coherent, as enabled or as both, whatever the files say, for a"
              + " what-if.")
  private List<String> assumptions = List.of();

  /** The device tree that the board comes from, if any. */
  Optional<Path> dtb() {
    return Optional.ofNullable(dtb);
  }

  /** The ACPI tables that the board comes from; none for a device tree or the built-in board. */
  List<Path> acpi() {
    return List.copyOf(acpi);
  }

  /** The hypervisor's page. */
  Granule granule() {
    return granule;
  }

  /** What the board's SMMUs can do. */
  Profile profile() throws InputException {
    return profile.profile();
  }

  /** The board. */
  Board board() throws InputException {
    return board(memory);
  }

  /** The board; the built-in one has that much memory unless the user names another. */
  Board boardOf(String builtInMemory) throws InputException {
    boolean builtIn = dtb == null && acpi.isEmpty() && memory == null;
    return board(builtIn ? builtInMemory : memory);
  }

  private Board board(String size) throws InputException {
    try {
      BoardOptions options = options(size);
      Board board = acpi.isEmpty() ? fromTree(options) : fromAcpi(options);
      int bits = Run.addressBits(granule);
      if (board.topAddress() > 1L << bits) {
        throw new InputException(
            "%s: memory or registers end at 0x%x: expected an end at or below 2^%d%s"
                .formatted(
                    board.fileName(),
                    board.topAddress(),
                    bits,
                    granule == Granule.SIZE_64K ? "" : ", or --granule 64k"));
      }
      return board;
    } catch (BoardException e) {
      throw new InputException(e.getMessage());
    }
  }

  private Board fromTree(BoardOptions options) throws BoardException {
    DeviceTree tree = dtb == null ? BuiltInBoard.tree() : DeviceTree.read(dtb);
    return BoardReader.read(tree, options);
  }

  private Board fromAcpi(BoardOptions options) throws BoardException, InputException {
    if (dtb != null) {
      throw new InputException("--acpi: expected none with --dtb, which describes a whole board");
    }
    List<AcpiTable> tables = new ArrayList<>();
    for (Path file : acpi) {
      tables.add(AcpiTable.read(file));
    }
    return AcpiBoardReader.read(AcpiTables.of(tables), options);
  }

  private BoardOptions options(String size) throws InputException, BoardException {
    BoardOptions options = BoardOptions.DEFAULTS;
    for (String assumption : assumptions) {
      options =
          switch (assumption.trim().toLowerCase(Locale.ROOT)) {
            case "coherent" -> options.withAssumeCoherent();
            case "enabled" -> options.withAssumeEnabled();
            default ->
                throw new InputException(
                    "--assume: expected coherent or enabled, not '" + assumption + "'");
          };
    }
    return size == null ? options : options.withMemory(MemoryArgument.parse(size));
  }
}
