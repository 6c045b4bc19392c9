package portcullis.board.acpi;

import java.util.ArrayList;
import java.util.List;
import portcullis.board.fdt.BoardException;

/**
 * The memory of a system resource affinity table (ACPI 6.5, 5.2.16): its memory affinity
 * structures. Where memory may be plugged in later there is none yet.
 *
 * @param memory those that are enabled and not hot pluggable, in the table's order
 */
public record Srat(List<Range> memory) {
  static final String SIGNATURE = "SRAT";

  private static final int TABLE_BYTES = 48;
  private static final int S_TYPE = 0;
  private static final int S_LENGTH = 1;
  private static final int STRUCTURE_BYTES = 2;

  private static final int TYPE_MEMORY = 1;
  private static final int MEMORY_BASE = 8;
  private static final int MEMORY_LENGTH = 16;
  private static final int MEMORY_FLAGS = 28;
  private static final int MEMORY_BYTES = 40;
  private static final int FLAG_ENABLED = 1;
  private static final int FLAG_HOT_PLUGGABLE = 1 << 1;

  /**
   * A range of memory.
   *
   * @param offset where its structure is in the table
   * @param base as in the structure: unsigned, and not yet judged
   * @param length in bytes, the same
   */
  public record Range(int offset, long base, long length) {}

  /** Copies the list. */
  public Srat {
    memory = List.copyOf(memory);
  }

  /**
   * Parses the table.
   *
   * @throws BoardException if a structure leads out of the table
   */
  public static Srat parse(AcpiTable table) throws BoardException {
    if (table.length() < TABLE_BYTES) {
      throw table.fault(
          AcpiTable.LENGTH, "length", "is " + table.length(), "at least " + TABLE_BYTES);
    }
    List<Range> memory = new ArrayList<>();
    int at = TABLE_BYTES;
    while (at < table.length()) {
      int left = table.length() - at;
      if (left < STRUCTURE_BYTES) {
        throw table.fault(at, "affinity structure", "table ends inside it", "1 more byte");
      }
      boolean isMemory = table.u8(at + S_TYPE) == TYPE_MEMORY;
      int least = isMemory ? MEMORY_BYTES : STRUCTURE_BYTES;
      int length = table.u8(at + S_LENGTH);
      if (length < least || length > left) {
        throw table.fault(
            at + S_LENGTH,
            "affinity structure length",
            "is " + length,
            length < least
                ? "at least " + least + " for its type"
                : "at most the " + left + " bytes left");
      }
      if (isMemory) {
        long flags = table.u32(at + MEMORY_FLAGS);
        long bytes = table.u64(at + MEMORY_LENGTH);
        if ((flags & FLAG_ENABLED) != 0 && (flags & FLAG_HOT_PLUGGABLE) == 0 && bytes != 0) {
          memory.add(new Range(at, table.u64(at + MEMORY_BASE), bytes));
        }
      }
      at += length;
    }
    return new Srat(memory);
  }
}
