package portcullis.board;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.DeviceTree;
import portcullis.board.fdt.MemoryReservation;
import portcullis.board.fdt.Node;
import portcullis.board.fdt.Property;

/** Memory and reserved memory (Devicetree Specification 3.4 and 3.5). */
final class MemoryReader {
  private final DeviceTree tree;
  private final AddressSpace space;

  MemoryReader(DeviceTree tree, AddressSpace space) {
    this.tree = tree;
    this.space = space;
  }

  /** RAM as the enabled memory nodes give it, in the tree's order; empty ranges left out. */
  List<AddressRange> memory() throws BoardException {
    List<AddressRange> memory = new ArrayList<>();
    for (Node node : tree.nodes()) {
      if (Nodes.isMemory(node) && Nodes.enabled(node)) {
        for (AddressRange range : space.required(node)) {
          if (range.size() > 0) {
            memory.add(range);
          }
        }
      }
    }
    return memory;
  }

  /** The enabled children of {@code /reserved-memory}. */
  List<ReservedMemory> reserved() throws BoardException {
    List<ReservedMemory> reserved = new ArrayList<>();
    Optional<Node> parent = tree.root().child("reserved-memory");
    if (parent.isPresent()) {
      for (Node node : parent.get().children()) {
        if (Nodes.enabled(node)) {
          reserved.add(reserved(node, parent.get()));
        }
      }
    }
    return reserved;
  }

  private ReservedMemory reserved(Node node, Node parent) throws BoardException {
    List<AddressRange> ranges = node.has("reg") ? space.required(node) : List.of();
    Optional<Property> size = node.property("size");
    long dynamicBytes =
        ranges.isEmpty() && size.isPresent() ? space.dynamicSize(size.get(), parent) : 0;
    return new ReservedMemory(node.path(), ranges, dynamicBytes, node.has("no-map"), List.of());
  }

  /** The memory reservation block. */
  List<AddressRange> firmwareReserved() throws BoardException {
    List<AddressRange> ranges = new ArrayList<>();
    for (MemoryReservation entry : tree.reservations()) {
      if (!AddressRange.valid(entry.address(), entry.size())) {
        throw new BoardException(
            tree.fileName() + ": memory reservation block",
            AddressRange.text(entry.address(), entry.size()) + " is out of range",
            "an end at or below 2^52");
      }
      ranges.add(new AddressRange(entry.address(), entry.size()));
    }
    return ranges;
  }
}
