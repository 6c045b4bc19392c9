package portcullis.machine.smmuv3.attributes;

/**
 * What the attributes of the last leaf of some tables come to: neighbouring pages mostly have the
 * same. It follows from the leaf's bits and from the STE or CD that it is kept with.
 */
public final class LeafMeaning {

  /** Bits of a leaf that attributes are in: lower ones, DBM and what is around it, PXN and XN. */
  private static final long LEAF = 0xffcL | 0x1ffL << 50;

  /** Bits of table descriptors that limit what is below them (DDI 0487 D8.3.1). */
  private static final long TABLES = 0x1fL << 59;

  /** Of no leaf. */
  private static final long NONE = -1;

  private long last = NONE;

  /** As {@code Permissions} packs them. */
  public int permissions;

  /** As {@link MemoryAttributes} packs them. */
  public int attributes;

  /** Knows none from now on. */
  public void forget() {
    last = NONE;
  }

  /** Whether this is what {@code leaf} below {@code tables} means; if not, it is to be said. */
  public boolean knows(long leaf, long tables) {
    long bits = (leaf & LEAF) | (tables & TABLES);
    boolean known = bits == last;
    last = bits;
    return known;
  }
}
