package portcullis.board.fdt;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A property of a node: its name, and its value as bytes, big-endian cells or strings (Devicetree
 * Specification 2.2.4). Immutable.
 *
 * <p>An accessor whose type does not fit the value's length throws {@link BoardException}.
 */
public final class Property {
  private final Node node;
  private final String name;
  private final ByteBuffer value;

  Property(Node node, String name, ByteBuffer value) {
    this.node = node;
    this.name = name;
    this.value = value;
  }

  /** The property's name. */
  public String name() {
    return name;
  }

  /** The value's length in bytes. */
  public int length() {
    return value.limit();
  }

  /** A copy of the value. */
  public byte[] bytes() {
    byte[] copy = new byte[value.limit()];
    value.get(0, copy);
    return copy;
  }

  /** How many 32-bit cells the value is. */
  public int cellCount() throws BoardException {
    if (value.limit() % Integer.BYTES != 0) {
      throw fault("is " + value.limit() + " bytes long", "a multiple of 4");
    }
    return value.limit() / Integer.BYTES;
  }

  /** The 32-bit cell at {@code index}, from 0 to {@link #cellCount()} - 1. */
  public int cell(int index) {
    return value.getInt(index * Integer.BYTES);
  }

  /** All 32-bit cells. */
  public int[] cells() throws BoardException {
    int[] cells = new int[cellCount()];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = cell(i);
    }
    return cells;
  }

  /**
   * The number that {@code count} cells from {@code index} on hold, most significant cell first.
   *
   * @param count 0 (which is the number 0), 1 or 2
   */
  public long number(int index, int count) {
    long number = 0;
    for (int i = 0; i < count; i++) {
      number = number << Integer.SIZE | Integer.toUnsignedLong(cell(index + i));
    }
    return number;
  }

  /** The value as one 32-bit number. */
  public int u32() throws BoardException {
    if (value.limit() != Integer.BYTES) {
      throw fault("is " + value.limit() + " bytes long", "4 bytes");
    }
    return value.getInt(0);
  }

  /** The value as one 64-bit number. */
  public long u64() throws BoardException {
    if (value.limit() != Long.BYTES) {
      throw fault("is " + value.limit() + " bytes long", "8 bytes");
    }
    return value.getLong(0);
  }

  /** The value as one string. */
  public String string() throws BoardException {
    List<String> strings = strings();
    if (strings.size() != 1) {
      throw fault("holds " + strings.size() + " strings", "one");
    }
    return strings.getFirst();
  }

  /** The value as a list of strings, each with its terminating zero byte. */
  public List<String> strings() throws BoardException {
    if (value.limit() > 0 && value.get(value.limit() - 1) != 0) {
      throw fault("is a string without an end", "a zero byte at its end");
    }
    byte[] bytes = bytes();
    List<String> strings = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        strings.add(new String(bytes, start, i - start, StandardCharsets.ISO_8859_1));
        start = i + 1;
      }
    }
    return List.copyOf(strings);
  }

  /** The fault that this property's value {@code problem}, where {@code expected} was expected. */
  public BoardException fault(String problem, String expected) {
    return BoardException.in(node, name, problem, expected);
  }

  @Override
  public String toString() {
    return node.path() + ":" + name;
  }
}
