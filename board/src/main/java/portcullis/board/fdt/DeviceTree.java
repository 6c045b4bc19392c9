package portcullis.board.fdt;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A device tree, read from its flattened form (Devicetree Specification v0.4, chapter 5), versions
 * 16 and 17 and whatever is compatible with them. Immutable.
 *
 * <p>Reading takes time and memory in proportion to the blob, whatever its bytes are; a blob that
 * breaks the format's rules is refused with a {@link BoardException}.
 */
public final class DeviceTree {
  /** The largest blob read, in bytes: the arm64 boot protocol allows no larger one. */
  public static final int MAX_BYTES = 2 << 20;

  private final String fileName;
  private final List<Node> nodes;
  private final Map<Integer, Node> byPhandle;
  private final List<MemoryReservation> reservations;

  DeviceTree(
      String fileName,
      List<Node> nodes,
      Map<Integer, Node> byPhandle,
      List<MemoryReservation> reservations) {
    this.fileName = fileName;
    this.nodes = List.copyOf(nodes);
    this.byPhandle = Map.copyOf(byPhandle);
    this.reservations = List.copyOf(reservations);
  }

  /**
   * Reads the blob in {@code file}. Messages name the file as {@code file} spells it.
   *
   * @throws BoardException if there is no such file, it cannot be read, or is no device tree
   */
  public static DeviceTree read(Path file) throws BoardException {
    return parse(
        BlobFile.read(file, MAX_BYTES, "device tree", "a flattened device tree"), file.toString());
  }

  /**
   * Parses a blob. Bytes after the blob's {@code totalsize} are ignored.
   *
   * @param fileName what messages call it
   * @throws BoardException if {@code blob} is no device tree
   */
  public static DeviceTree parse(byte[] blob, String fileName) throws BoardException {
    return new FdtParser(blob.clone(), fileName).parse();
  }

  /** The name of the file that the tree came from, for messages. */
  public String fileName() {
    return fileName;
  }

  /** The root node. */
  public Node root() {
    return nodes.getFirst();
  }

  /** All nodes, the root first, each before its children, in the blob's order. */
  public List<Node> nodes() {
    return nodes;
  }

  /** The node whose {@code phandle} (Devicetree Specification 2.3.3) that is. */
  public Optional<Node> byPhandle(int phandle) {
    return Optional.ofNullable(byPhandle.get(phandle));
  }

  /** The memory reservation block's entries, without its final one. */
  public List<MemoryReservation> reservations() {
    return reservations;
  }
}
