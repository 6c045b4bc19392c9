package portcullis.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import portcullis.board.AddressRange;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.MemoryArgument;
import portcullis.board.ScaledBoard;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.DeviceTree;

/** {@code portcullis board}: makes a board of any size. */
@Command(
    name = "board",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    header = "Writes the device tree of a board of any size, for --dtb.",
    description = {
      "",
      "Each SMMU has a PCI root complex behind it, whose requester IDs are its StreamIDs"
          + " (docs/boards.md)."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  portcullis board -o board.dtb",
      "  portcullis board --smmus 64 --streams 65536 --memory 16T -o big.dtb",
      "  portcullis run --dtb big.dtb",
      "",
      "Exit: 0; 2 bad usage or input."
    })
final class BoardCommand implements Callable<Integer> {
  @Option(
      names = "--smmus",
      paramLabel = "N",
      converter = CountConverter.class,
      description = "How many SMMUs: 1 to " + ScaledBoard.MAX_SMMUS + ". Default: 2.")
  private long smmus = 2;

  @Option(
      names = "--streams",
      paramLabel = "N",
      converter = CountConverter.class,
      description =
          "StreamIDs behind each SMMU, from 0: 1 to " + ScaledBoard.MAX_STREAMS + ". Default: 256.")
  private long streams = 256;

  @Option(
      names = "--memory",
      paramLabel = "SIZE|BASE+SIZE,...",
      hideParamSyntax = true,
      description =
          "RAM: 16T, which begins at 1 TiB, or 0x80000000+2G,0x10000000000+8T. Default: 4G.")
  private String memory = "4G";

  @Option(
      names = "--registers",
      paramLabel = "BASE",
      converter = AddressConverter.class,
      description =
          "Where the registers of SMMUs and root complexes begin; they take 1 TiB. Default: 0.")
  private long registers;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      converter = FileConverter.class,
      description = "The file to write.")
  private Path file;

  @Override
  public Integer call() throws InputException {
    byte[] blob = blob();
    try {
      Files.write(file, blob);
    } catch (IOException e) {
      throw new InputException("%s: cannot be written: %s".formatted(file, FileErrors.reason(e)));
    }
    return ExitCode.FINE;
  }

  /** A tree that can be read as a board. */
  private byte[] blob() throws InputException {
    int smmuCount = atMost("--smmus", smmus, ScaledBoard.MAX_SMMUS);
    int streamCount = atMost("--streams", streams, ScaledBoard.MAX_STREAMS);
    if (!AddressRange.valid(registers, ScaledBoard.REGISTER_SPAN)
        || registers % Board.PAGE_BYTES != 0) {
      throw new InputException(
          "--registers: expected a multiple of 64K and 1 TiB more below 2^52, not 0x%x"
              .formatted(registers));
    }
    try {
      byte[] blob =
          ScaledBoard.of(smmuCount, streamCount, MemoryArgument.parse(memory))
              .withRegisters(registers)
              .blob();
      BoardReader.read(DeviceTree.parse(blob, file.toString()), BoardOptions.DEFAULTS);
      return blob;
    } catch (BoardException e) {
      throw new InputException(e.getMessage());
    }
  }

  private static int atMost(String option, long count, int most) throws InputException {
    if (count > most) {
      throw new InputException("%s: expected at most %d, not %d".formatted(option, most, count));
    }
    return (int) count;
  }
}
