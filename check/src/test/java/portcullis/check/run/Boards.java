package portcullis.check.run;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import portcullis.board.Board;
import portcullis.board.BoardOptions;
import portcullis.board.BoardReader;
import portcullis.board.BuiltInBoard;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.DeviceTree;

/** Boards to run. */
final class Boards {
  private Boards() {}

  static Board builtIn() {
    try {
      return BoardReader.read(BuiltInBoard.tree(), BoardOptions.DEFAULTS);
    } catch (BoardException e) {
      throw new AssertionError(e);
    }
  }

  /** A real board's tree in {@code shared/boards} beside the project; skips the test without it. */
  static Board shared(String name, BoardOptions options) throws BoardException {
    Optional<Path> file =
        Stream.iterate(Path.of("").toAbsolutePath(), folder -> folder != null, Path::getParent)
            .map(folder -> folder.resolve("shared/boards").resolve(name))
            .filter(Files::exists)
            .findFirst();
    assumeTrue(file.isPresent(), () -> "no shared/boards/" + name + " above this folder");
    return BoardReader.read(DeviceTree.read(file.orElseThrow()), options);
  }
}
