package portcullis.board.acpi;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Builds an ACPI table: {@link #table} puts the header before what was written. */
public final class AcpiWriter {
  private static final String OEM = "PORTCU";
  private static final String OEM_TABLE = "LLIS    ";
  private static final int OEM_REVISION = 1;

  private final String signature;
  private final int revision;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();

  /**
   * A writer of a table with nothing behind its header.
   *
   * @param signature four characters
   */
  public AcpiWriter(String signature, int revision) {
    this.signature = signature;
    this.revision = revision;
  }

  /** How long the table is so far, with its header. */
  public int length() {
    return AcpiTable.HEADER_BYTES + body.size();
  }

  /** Adds 8 bits. */
  public AcpiWriter u8(int value) {
    body.write(value);
    return this;
  }

  /** Adds 16 bits. */
  public AcpiWriter u16(int value) {
    return bytes(word(Short.BYTES).putShort((short) value).array());
  }

  /** Adds 32 bits. */
  public AcpiWriter u32(long value) {
    return bytes(word(Integer.BYTES).putInt((int) value).array());
  }

  /** Adds 64 bits. */
  public AcpiWriter u64(long value) {
    return bytes(word(Long.BYTES).putLong(value).array());
  }

  /** Adds bytes. */
  public AcpiWriter bytes(byte... bytes) {
    body.writeBytes(bytes);
    return this;
  }

  /** What was written. */
  byte[] body() {
    return body.toByteArray();
  }

  /** The table, with its length and checksum. */
  public byte[] table() {
    return seal(
        word(length())
            .put(signature.getBytes(StandardCharsets.US_ASCII))
            .putInt(length())
            .put((byte) revision)
            .put((byte) 0)
            .put((OEM + OEM_TABLE).getBytes(StandardCharsets.US_ASCII))
            .putInt(OEM_REVISION)
            .put(signature.getBytes(StandardCharsets.US_ASCII))
            .putInt(OEM_REVISION)
            .put(body.toByteArray())
            .array());
  }

  /** Makes the checksum of {@code table} right, in place. */
  public static byte[] seal(byte[] table) {
    table[AcpiTable.CHECKSUM] -= (byte) AcpiTable.sum(table);
    return table;
  }

  private static ByteBuffer word(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
