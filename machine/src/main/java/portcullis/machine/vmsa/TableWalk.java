package portcullis.machine.vmsa;

import portcullis.arch.vmsa.AddressFormat;
import portcullis.arch.vmsa.Granule;
import portcullis.arch.vmsa.StartLevel;

/**
 * The working registers of one walk: above, what {@link TableWalker} is told; below, what it found.
 *
 * <p>A plain holder, reused so that a walk allocates nothing; it decides nothing.
 */
public final class TableWalk {

  /** What a page and a full table measure. */
  public Granule granule = Granule.SIZE_4K;

  /** How descriptors hold addresses. */
  public AddressFormat format = AddressFormat.BITS_48;

  /** Level of the first lookup, -1 to 3. */
  public int startLevel;

  /** Bits of input address that the tables cover. */
  public int inputBits;

  /** Bits of output address; a descriptor with more is an Address size fault. */
  public int outputBits;

  /** Address of the start-level table, aligned to its size. */
  public long table;

  /** Level of the last descriptor read: the leaf, or the one that faulted. */
  public int level;

  /** The leaf descriptor. */
  public long descriptor;

  /**
   * All table descriptors passed, ORed: the hierarchical attributes accumulate as bits that are
   * set.
   */
  public long tableAttributes;

  /** Output address of the page or block, its offset bits zero. */
  public long output;

  /** Why there is no leaf; meaningful after a walk that found none. */
  public WalkFault fault = WalkFault.TRANSLATION;

  /** Physical address of the descriptor that could not be read, after EXTERNAL_ABORT. */
  public long fetchAddress;

  /** No walk yet. */
  public TableWalk() {}

  /**
   * Sets {@link #table} from a base register, once the table's shape is set: the bits below the
   * size of the start-level tables, concatenated ones together, are RES0 (DDI 0487 D8.2.2).
   */
  public void setTable(long base) {
    table = base & -((long) StartLevel.entries(granule, startLevel, inputBits) * Long.BYTES);
  }

  /** log2 of the bytes that the leaf maps. */
  public int leafShift() {
    return granule.levelShift(level);
  }
}
