package portcullis.board.fdt;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Builds a flattened device tree, in document order: {@link #begin} a node, give it its properties,
 * then its children, then {@link #end} it. The root's name is empty.
 *
 * <p>Writes what it is told: whether names are unique and phandles exist is for the reader to
 * judge.
 */
public final class FdtWriter {
  private final ByteArrayOutputStream structure = new ByteArrayOutputStream();
  private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
  private final Map<String, Integer> stringOffsets = new LinkedHashMap<>();
  private final List<MemoryReservation> reservations = new ArrayList<>();
  private int depth;

  /** A writer of an empty tree. */
  public FdtWriter() {}

  /** Begins a node of that full name. */
  public FdtWriter begin(String name) {
    word(structure, FdtFormat.BEGIN_NODE);
    padded((name + "\0").getBytes(StandardCharsets.ISO_8859_1));
    depth++;
    return this;
  }

  /**
   * Ends the node that was begun last.
   *
   * @throws IllegalStateException if there is none
   */
  public FdtWriter end() {
    if (depth == 0) {
      throw new IllegalStateException("no node is open");
    }
    word(structure, FdtFormat.END_NODE);
    depth--;
    return this;
  }

  /** Adds a property with that value. */
  public FdtWriter property(String name, byte[] value) {
    word(structure, FdtFormat.PROP);
    word(structure, value.length);
    word(structure, stringOffsets.computeIfAbsent(name, this::addString));
    padded(value);
    return this;
  }

  /** Adds a property without a value. */
  public FdtWriter flag(String name) {
    return property(name, new byte[0]);
  }

  /** Adds a property of 32-bit cells. */
  public FdtWriter cells(String name, int... cells) {
    ByteBuffer value = ByteBuffer.allocate(cells.length * Integer.BYTES);
    value.asIntBuffer().put(cells);
    return property(name, value.array());
  }

  /** Adds a property of 64-bit numbers, two cells each. */
  public FdtWriter numbers(String name, long... numbers) {
    ByteBuffer value = ByteBuffer.allocate(numbers.length * Long.BYTES);
    value.asLongBuffer().put(numbers);
    return property(name, value.array());
  }

  /** Adds a property of strings. */
  public FdtWriter strings(String name, String... values) {
    return property(name, (String.join("\0", values) + "\0").getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Adds an entry to the memory reservation block. */
  public FdtWriter reserve(long address, long size) {
    reservations.add(new MemoryReservation(address, size));
    return this;
  }

  /** The blob, in version 17 of the format. */
  public byte[] blob() {
    return blob(FdtFormat.VERSION_17);
  }

  /**
   * The blob.
   *
   * @param version of the format, 16 or 17
   * @throws IllegalStateException if a node is open
   */
  public byte[] blob(int version) {
    if (depth != 0) {
      throw new IllegalStateException(depth + " nodes are open");
    }
    int reservationBytes = (reservations.size() + 1) * 2 * Long.BYTES;
    int structureBytes = structure.size() + Integer.BYTES;
    int structureStart = FdtFormat.HEADER_BYTES_17 + reservationBytes;
    int stringsStart = structureStart + structureBytes;
    int totalSize = stringsStart + strings.size();
    ByteBuffer blob = ByteBuffer.allocate(totalSize);
    blob.putInt(FdtFormat.H_MAGIC, FdtFormat.MAGIC);
    blob.putInt(FdtFormat.H_TOTALSIZE, totalSize);
    blob.putInt(FdtFormat.H_OFF_DT_STRUCT, structureStart);
    blob.putInt(FdtFormat.H_OFF_DT_STRINGS, stringsStart);
    blob.putInt(FdtFormat.H_OFF_MEM_RSVMAP, FdtFormat.HEADER_BYTES_17);
    blob.putInt(FdtFormat.H_VERSION, version);
    blob.putInt(FdtFormat.H_LAST_COMP_VERSION, FdtFormat.VERSION_16);
    blob.putInt(FdtFormat.H_SIZE_DT_STRINGS, strings.size());
    if (version >= FdtFormat.VERSION_17) {
      blob.putInt(FdtFormat.H_SIZE_DT_STRUCT, structureBytes);
    }
    blob.position(FdtFormat.HEADER_BYTES_17);
    for (MemoryReservation reservation : reservations) {
      blob.putLong(reservation.address()).putLong(reservation.size());
    }
    blob.putLong(0).putLong(0);
    blob.put(structure.toByteArray()).putInt(FdtFormat.END).put(strings.toByteArray());
    return blob.array();
  }

  private int addString(String name) {
    int offset = strings.size();
    strings.writeBytes((name + "\0").getBytes(StandardCharsets.ISO_8859_1));
    return offset;
  }

  private void padded(byte[] value) {
    structure.writeBytes(value);
    structure.writeBytes(new byte[FdtFormat.align(value.length) - value.length]);
  }

  private static void word(ByteArrayOutputStream out, int word) {
    out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(word).array());
  }
}
