package portcullis.board;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import portcullis.board.fdt.BoardException;
import portcullis.board.fdt.Node;
import portcullis.board.fdt.Property;

/**
 * One entry of a bus's {@code ranges} (Devicetree Specification 2.3.8): child addresses {@code
 * [first, last]}, unsigned, appear {@code offset} higher on the parent bus.
 */
record Window(long first, long last, long offset) {

  /** The addresses of a bus whose {@code ranges} is empty: the parent's own. */
  static final List<Window> IDENTITY = List.of(new Window(0, -1L, 0));

  /**
   * The windows of {@code ranges}, disjoint and in ascending order of child address. Entries may
   * overlap where they say the same.
   *
   * @param childCells {@code #address-cells} of the bus, 1 or 2
   * @param parentCells {@code #address-cells} of its parent, 1 or 2
   * @param sizeCells {@code #size-cells} of the bus, 0 to 2
   */
  static List<Window> parse(Property ranges, int childCells, int parentCells, int sizeCells)
      throws BoardException {
    int entryCells = childCells + parentCells + sizeCells;
    int cells = Cells.count(ranges, entryCells);
    if (cells == 0) {
      return IDENTITY;
    }
    List<Window> entries = new ArrayList<>();
    for (int at = 0; at < cells; at += entryCells) {
      long child = ranges.number(at, childCells);
      long size = ranges.number(at + childCells + parentCells, sizeCells);
      long last = child + size - 1;
      if (size != 0 && Long.compareUnsigned(last, child) < 0) {
        throw ranges.fault(
            AddressRange.text(child, size) + " wraps", "addresses of at most 64 bits");
      }
      if (size != 0) {
        entries.add(new Window(child, last, ranges.number(at + childCells, parentCells) - child));
      }
    }
    entries.sort(Comparator.comparing(Window::first, Long::compareUnsigned));
    return merge(entries, ranges);
  }

  private static List<Window> merge(List<Window> sorted, Property ranges) throws BoardException {
    List<Window> merged = new ArrayList<>();
    for (Window next : sorted) {
      if (merged.isEmpty() || Long.compareUnsigned(next.first, merged.getLast().last) > 0) {
        merged.add(next);
        continue;
      }
      Window last = merged.removeLast();
      if (next.offset != last.offset) {
        throw ranges.fault(
            "two entries translate 0x" + Long.toHexString(next.first) + " differently",
            "one translation of each address");
      }
      boolean longer = Long.compareUnsigned(next.last, last.last) > 0;
      merged.add(new Window(last.first, longer ? next.last : last.last, last.offset));
    }
    return merged;
  }

  /** What {@code address} is on the parent bus; empty where no window has it. O(log n). */
  static OptionalLong translate(List<Window> windows, long address) {
    int low = 0;
    int high = windows.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(windows.get(middle).last, address) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == windows.size() || Long.compareUnsigned(address, windows.get(low).first) < 0) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(address + windows.get(low).offset);
  }

  /** The {@code ranges} of {@code bus} as windows; empty if it has none and so leads nowhere. */
  static List<Window> of(Node bus, int childCells, int parentCells, int sizeCells)
      throws BoardException {
    return bus.property("ranges").isPresent()
        ? parse(bus.property("ranges").get(), childCells, parentCells, sizeCells)
        : List.of();
  }
}
