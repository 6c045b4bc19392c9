package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** A level 0 Table entry of the Device Permission Table (IHI 0070 3.24.3.1.3). */
public final class DptTable {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("DPT level 0 Table", 64, "IHI 0070 3.24.3.1.3", Version.SMMU_3_3);

  /** Kind of entry. */
  public static final Field TYPE = DptEntry.type(FIELDS);

  /** Physical address of the level 1 table, aligned to its size. */
  public static final Field ADDRESS =
      FIELDS.address("Address", 0, 55, 12, "physical address of the level 1 table");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private DptTable() {}
}
