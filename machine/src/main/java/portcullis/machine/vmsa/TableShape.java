package portcullis.machine.vmsa;

import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.StartLevel;

/**
 * What a walk must know of the tables that one base register points to: decoded once from the
 * registers, CD or STE that control them, and read by every walk.
 *
 * <p>A plain holder; it decides nothing.
 */
public final class TableShape {

  /** What a page and a full table measure. */
  public Granule granule = Granule.SIZE_4K;

  /** How descriptors hold addresses. */
  public AddressFormat format = AddressFormat.BITS_48;

  /** Descriptors are big-endian. */
  public boolean bigEndian;

  /** Level of the first lookup, -1 to 3. */
  public int startLevel;

  /** Bits of input address that the tables cover. */
  public int inputBits;

  /** Bits of a leaf's output address; one with more is an Address size fault. */
  public int outputBits;

  /**
   * Bits of the next table's address, at most {@link #outputBits}; a descriptor with more is an
   * Address size fault.
   */
  public int tableBits;

  /** Address of the start-level table, aligned to its size. */
  public long table;

  /** No tables yet. */
  public TableShape() {}

  /** A descriptor as these tables hold it in (little-endian) memory, or the opposite. */
  long swapped(long word) {
    return bigEndian ? Long.reverseBytes(word) : word;
  }

  /**
   * Sets {@link #table} from a base register, once the rest is set: the bits below the size of the
   * start-level tables, concatenated ones together, are RES0 (DDI 0487 D8.2.2).
   */
  public void setTable(long base) {
    table = base & -((long) StartLevel.entries(granule, startLevel, inputBits) * Long.BYTES);
  }
}
