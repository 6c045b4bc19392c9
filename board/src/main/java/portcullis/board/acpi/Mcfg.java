package portcullis.board.acpi;

import java.util.ArrayList;
import java.util.List;
import portcullis.board.fdt.BoardException;

/**
 * The PCI Express memory mapped configuration table (PCI Firmware Specification 3.3, 4.1.2): which
 * buses each segment group has, and where their configuration space is.
 *
 * @param allocations in the table's order
 */
public record Mcfg(List<Allocation> allocations) {
  static final String SIGNATURE = "MCFG";

  private static final int TABLE_BYTES = 44;
  private static final int ALLOCATION_BYTES = 16;
  private static final int A_BASE = 0;
  private static final int A_SEGMENT = 8;
  private static final int A_FIRST_BUS = 10;
  private static final int A_LAST_BUS = 11;

  /**
   * The buses that one range of configuration space serves.
   *
   * @param offset where it is in the table
   * @param base where the configuration space of bus 0 is, or would be; unsigned, not yet judged
   * @param segment the PCI segment group
   * @param firstBus 0 to 255
   * @param lastBus {@code firstBus} to 255
   */
  public record Allocation(int offset, long base, int segment, int firstBus, int lastBus) {}

  /** Copies the list. */
  public Mcfg {
    allocations = List.copyOf(allocations);
  }

  /**
   * Parses the table.
   *
   * @throws BoardException if it ends inside an allocation, or one has its last bus before its
   *     first
   */
  public static Mcfg parse(AcpiTable table) throws BoardException {
    int bytes = table.length() - TABLE_BYTES;
    if (bytes < 0 || bytes % ALLOCATION_BYTES != 0) {
      throw table.fault(
          AcpiTable.LENGTH,
          "length",
          "is " + table.length(),
          TABLE_BYTES + " and a multiple of " + ALLOCATION_BYTES);
    }
    List<Allocation> allocations = new ArrayList<>();
    for (int at = TABLE_BYTES; at < table.length(); at += ALLOCATION_BYTES) {
      int first = table.u8(at + A_FIRST_BUS);
      int last = table.u8(at + A_LAST_BUS);
      if (last < first) {
        throw table.fault(
            at + A_LAST_BUS, "end bus number", "is " + last, "at least the start's " + first);
      }
      allocations.add(
          new Allocation(at, table.u64(at + A_BASE), table.u16(at + A_SEGMENT), first, last));
    }
    return new Mcfg(allocations);
  }
}
