package portcullis.arch.smmu;

import static portcullis.arch.Value.value;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Value;

/** What the entries of the Device Permission Table have in common (IHI 0070 3.24.3.1). */
public final class DptEntry {
  /** Size of an entry of either level in bytes. */
  public static final int BYTES = 8;

  /** TYPE of level 0: nobody may access the region, and all other bits are zero. */
  public static final int NO_ACCESS = 0b00;

  /** TYPE of level 0: the entry is a {@link DptBlock}. */
  public static final int BLOCK = 0b01;

  /** TYPE of level 0: the entry is a {@link DptTable}. */
  public static final int TABLE = 0b11;

  /** Access control: the VMID must match unless STE.DPT_VMATCH is 0b10. */
  public static final int AC_VMID = 0b00;

  /** Access control: the VMID must match unless STE.DPT_VMATCH is 0b01 or 0b10. */
  public static final int AC_SHARED = 0b01;

  /** Access control: there is no VMID. */
  public static final int AC_ANY = 0b10;

  private DptEntry() {}

  static Field type(Layout.Builder entry) {
    return entry.choice(
        "TYPE",
        0,
        1,
        0,
        "kind of entry",
        value(NO_ACCESS, "No Access"),
        value(BLOCK, "Block"),
        value(TABLE, "Table"));
  }

  static Field accessControl(Layout.Builder entry, String name, int lsb) {
    return entry.choice(name, 0, lsb + 1, lsb, "whose accesses are permitted", accessControls());
  }

  private static Value[] accessControls() {
    return new Value[] {
      value(AC_VMID, "of the VMID, unless DPT_VMATCH is 0b10"),
      value(AC_SHARED, "of the VMID, unless DPT_VMATCH is 0b01 or 0b10"),
      value(AC_ANY, "of any VMID")
    };
  }
}
