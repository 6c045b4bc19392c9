package portcullis.board;

import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.Node;
import portcullis.board.fdt.Property;

/** How many cells a value takes (Devicetree Specification 2.3.5). */
final class Cells {
  /** What {@code #address-cells} is where a node does not say. */
  static final int DEFAULT_ADDRESS = 2;

  /** What {@code #size-cells} is where a node does not say. */
  static final int DEFAULT_SIZE = 1;

  private Cells() {}

  static int address(Node bus) throws BoardException {
    return read(bus, "#address-cells", DEFAULT_ADDRESS);
  }

  static int size(Node bus) throws BoardException {
    return read(bus, "#size-cells", DEFAULT_SIZE);
  }

  private static int read(Node bus, String property, int otherwise) throws BoardException {
    return bus.has(property) ? bus.property(property).orElseThrow().u32() : otherwise;
  }

  /** The value's cells, which must be a multiple of {@code entryCells} (at least 1). */
  static int count(Property property, int entryCells) throws BoardException {
    int cells = property.cellCount();
    if (cells % entryCells != 0) {
      throw property.fault("is " + cells + " cells long", "a multiple of " + entryCells);
    }
    return cells;
  }
}
