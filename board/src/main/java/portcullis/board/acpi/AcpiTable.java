package portcullis.board.acpi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import portcullis.board.fdt.BlobFile;
import portcullis.board.fdt.BoardException;

/**
 * One ACPI table: its bytes, whose header and checksum are right (ACPI 6.5, 5.2.6). All fields of a
 * table are little-endian (5.2).
 */
public final class AcpiTable {
  /** The largest table that is read, in bytes. */
  public static final int MAX_BYTES = 16 << 20;

  static final int HEADER_BYTES = 36;
  static final int LENGTH = 4;
  static final int CHECKSUM = 9;
  static final int OEM_ID = 10;
  static final int OEM_ID_BYTES = 6;
  static final int OEM_TABLE_ID = 16;
  static final int OEM_TABLE_ID_BYTES = 8;
  static final int SIGNATURE_BYTES = 4;

  private final String fileName;
  private final ByteBuffer bytes;
  private final String signature;

  private AcpiTable(byte[] bytes, String fileName) {
    this.fileName = fileName;
    this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    signature = text(0, Math.min(SIGNATURE_BYTES, bytes.length));
  }

  /**
   * Reads the table in {@code file}. Messages name the file as {@code file} spells it.
   *
   * @throws BoardException if there is no such file, it cannot be read, or is no ACPI table
   */
  public static AcpiTable read(Path file) throws BoardException {
    return parse(BlobFile.read(file, MAX_BYTES, "ACPI table", "an ACPI table"), file.toString());
  }

  /**
   * Takes the bytes of one table, and nothing after it.
   *
   * @param fileName what messages call it
   * @throws BoardException if its header does not fit it, or its checksum is wrong
   */
  public static AcpiTable parse(byte[] bytes, String fileName) throws BoardException {
    if (bytes.length == 0) {
      throw new BoardException(fileName, "is empty", "an ACPI table");
    }
    AcpiTable table = new AcpiTable(bytes.clone(), fileName);
    table.check();
    return table;
  }

  private void check() throws BoardException {
    if (!signature.chars().allMatch(c -> (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) {
      throw fault(0, "signature", "is none of an ACPI table", "four capital letters and digits");
    }
    if (bytes.capacity() < HEADER_BYTES) {
      throw fault(bytes.capacity(), "header", "file ends inside it", HEADER_BYTES + " bytes");
    }
    long length = u32(LENGTH);
    if (length < HEADER_BYTES) {
      throw fault(LENGTH, "length", "is " + length, "at least " + HEADER_BYTES);
    }
    if (length > bytes.capacity()) {
      throw fault(
          LENGTH,
          "length",
          "is " + length + ", and the file ends before",
          (length - bytes.capacity()) + " more bytes");
    }
    if (length < bytes.capacity()) {
      throw fault(
          LENGTH,
          "length",
          "is " + length + ", and the file goes on behind the table",
          "one table and nothing else in a file of " + bytes.capacity() + " bytes");
    }
    int sum = sum(bytes.array());
    if (sum != 0) {
      int checksum = u8(CHECKSUM);
      throw fault(
          CHECKSUM,
          "checksum",
          "is 0x%02x".formatted(checksum),
          "0x%02x, so that all bytes of the table sum up to 0".formatted((checksum - sum) & 0xff));
    }
  }

  /** The sum of all bytes, modulo 256. */
  static int sum(byte[] bytes) {
    int sum = 0;
    for (byte b : bytes) {
      sum += b;
    }
    return sum & 0xff;
  }

  /** The name of the file that the table came from, for messages. */
  public String fileName() {
    return fileName;
  }

  /** Which table it is: four characters, such as {@code IORT}. */
  public String signature() {
    return signature;
  }

  /** Who made the table, and for which machine: the OEM ID and the OEM table ID, as one name. */
  public String oem() {
    String id = text(OEM_ID, OEM_ID_BYTES).strip();
    String tableId = text(OEM_TABLE_ID, OEM_TABLE_ID_BYTES).strip();
    return (id + " " + tableId).strip();
  }

  /** How many bytes it has. */
  int length() {
    return bytes.capacity();
  }

  int u8(int offset) {
    return Byte.toUnsignedInt(bytes.get(offset));
  }

  int u16(int offset) {
    return Short.toUnsignedInt(bytes.getShort(offset));
  }

  long u32(int offset) {
    return Integer.toUnsignedLong(bytes.getInt(offset));
  }

  long u64(int offset) {
    return bytes.getLong(offset);
  }

  /** Bytes as Latin-1 characters; those of no name, such as zeros and controls, become blanks. */
  private String text(int offset, int length) {
    byte[] part = new byte[length];
    bytes.get(offset, part);
    StringBuilder text = new StringBuilder(new String(part, StandardCharsets.ISO_8859_1));
    for (int i = 0; i < length; i++) {
      if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
        text.setCharAt(i, ' ');
      }
    }
    return text.toString();
  }

  /**
   * A fault in the field at byte {@code offset}.
   *
   * @param field the field's name
   */
  public BoardException fault(int offset, String field, String problem, String expected) {
    return BoardException.at(fileName, offset, field + ": " + problem, expected);
  }

  /** A fault of the table as a whole. */
  public BoardException fault(String problem, String expected) {
    return new BoardException(fileName, problem, expected);
  }
}
