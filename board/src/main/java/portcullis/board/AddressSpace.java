package portcullis.board;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.Node;
import portcullis.board.fdt.Property;

/**
 * From a node's {@code reg} to physical addresses, through the {@code ranges} of every bus above it
 * (Devicetree Specification 2.3.6 and 2.3.8).
 *
 * <p>As in Linux, a bus without {@code ranges} leads nowhere, an address that no window has is not
 * reachable, and a region's first address places all of it. Each bus is read once; an address costs
 * O(depth · log windows).
 */
final class AddressSpace {
  private static final String REG = "reg";
  private static final int MAX_CELLS = 2;
  private static final int PCI_ADDRESS_CELLS = 3;

  private final Map<Node, Optional<Bus>> buses = new HashMap<>();

  /** A bus whose children's addresses are the CPU's to reach; the root has no parent bus. */
  private record Bus(Optional<Bus> parent, int addressCells, int sizeCells, List<Window> windows) {

    OptionalLong physical(long address) {
      OptionalLong at = OptionalLong.of(address);
      for (Bus bus = this; bus.parent.isPresent() && at.isPresent(); bus = bus.parent.get()) {
        at = Window.translate(bus.windows, at.getAsLong());
      }
      return at;
    }
  }

  /** Where the CPU reaches the registers of {@code node}: none, if nothing leads there. */
  List<AddressRange> registers(Node node) throws BoardException {
    Optional<Property> reg = node.property(REG);
    Optional<Bus> bus = reg.isPresent() ? parentBus(node) : Optional.empty();
    if (bus.isEmpty() || bus.get().sizeCells == 0) {
      return List.of();
    }
    int addressCells = bus.get().addressCells;
    int entryCells = addressCells + bus.get().sizeCells;
    int cells = Cells.count(reg.get(), entryCells);
    List<AddressRange> registers = new ArrayList<>();
    for (int at = 0; at < cells; at += entryCells) {
      OptionalLong base = bus.get().physical(reg.get().number(at, addressCells));
      if (base.isPresent()) {
        long size = reg.get().number(at + addressCells, bus.get().sizeCells);
        registers.add(range(reg.get(), base.getAsLong(), size));
      }
    }
    return registers;
  }

  /** As {@link #registers}, but refuses a node that has none or whose bus hides one. */
  List<AddressRange> required(Node node) throws BoardException {
    Optional<Property> reg = node.property(REG);
    if (reg.isEmpty() || reg.get().length() == 0) {
      throw BoardException.in(node, REG, "is missing", "an address and a size");
    }
    Optional<Bus> bus = parentBus(node);
    if (bus.isEmpty() || bus.get().sizeCells == 0) {
      throw reg.get()
          .fault(
              "is not a physical address",
              "ranges and #address-cells and #size-cells of 1 or 2 in every node above");
    }
    List<AddressRange> registers = registers(node);
    int entries = reg.get().cellCount() / (bus.get().addressCells + bus.get().sizeCells);
    if (registers.size() != entries) {
      throw reg.get().fault("is outside the ranges of a bus above", "an address in one of them");
    }
    return registers;
  }

  /** The sizes that {@code size} of a child of {@code bus} gives, in bytes. */
  long dynamicSize(Property size, Node bus) throws BoardException {
    int sizeCells = Cells.size(bus);
    if (sizeCells < 1 || sizeCells > MAX_CELLS || size.cellCount() != sizeCells) {
      throw size.fault(
          "is " + size.cellCount() + " cells long", "#size-cells of its parent, 1 or 2");
    }
    return size.number(0, sizeCells);
  }

  /**
   * Where the CPU reaches a PCI host bridge's memory, I/O and configuration windows: its {@code
   * ranges} (PCI Bus Binding to IEEE 1275, 2.2.1: three address cells, of which the first is
   * flags).
   */
  List<AddressRange> pciWindows(Node bridge) throws BoardException {
    Optional<Property> ranges = bridge.property("ranges");
    Optional<Bus> bus = ranges.isPresent() ? parentBus(bridge) : Optional.empty();
    if (bus.isEmpty() || ranges.get().length() == 0) {
      return List.of();
    }
    int sizeCells = Cells.size(bridge);
    if (Cells.address(bridge) != PCI_ADDRESS_CELLS || sizeCells != MAX_CELLS) {
      throw BoardException.in(
          bridge, "#address-cells", "is not that of a PCI bus", "3, and #size-cells of 2");
    }
    int parentCells = bus.get().addressCells;
    int entryCells = PCI_ADDRESS_CELLS + parentCells + sizeCells;
    int cells = Cells.count(ranges.get(), entryCells);
    List<AddressRange> windows = new ArrayList<>();
    for (int at = 0; at < cells; at += entryCells) {
      int cpuAddress = at + PCI_ADDRESS_CELLS;
      OptionalLong base = bus.get().physical(ranges.get().number(cpuAddress, parentCells));
      if (base.isPresent()) {
        long size = ranges.get().number(cpuAddress + parentCells, sizeCells);
        windows.add(range(ranges.get(), base.getAsLong(), size));
      }
    }
    return windows;
  }

  private Optional<Bus> parentBus(Node node) throws BoardException {
    return node.parent().isPresent() ? bus(node.parent().get()) : Optional.empty();
  }

  private Optional<Bus> bus(Node node) throws BoardException {
    Optional<Bus> known = buses.get(node);
    if (known == null) {
      known = readBus(node);
      buses.put(node, known);
    }
    return known;
  }

  private Optional<Bus> readBus(Node node) throws BoardException {
    boolean root = node.parent().isEmpty();
    if ((!root && !node.has("ranges")) || Nodes.isPci(node)) {
      return Optional.empty();
    }
    Optional<Bus> parent = parentBus(node);
    int addressCells = Cells.address(node);
    int sizeCells = Cells.size(node);
    boolean readable =
        addressCells >= 1 && addressCells <= MAX_CELLS && sizeCells >= 0 && sizeCells <= MAX_CELLS;
    if (!readable || (!root && parent.isEmpty())) {
      return Optional.empty();
    }
    List<Window> windows =
        root
            ? Window.IDENTITY
            : Window.of(node, addressCells, parent.get().addressCells, sizeCells);
    return Optional.of(new Bus(parent, addressCells, sizeCells, windows));
  }

  private static AddressRange range(Property property, long base, long size) throws BoardException {
    if (!AddressRange.valid(base, size)) {
      throw property.fault(
          "region " + AddressRange.text(base, size) + " is out of range",
          "an end at or below 2^52");
    }
    return new AddressRange(base, size);
  }
}
