package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_STRTAB_BASE: where the Stream table is (IHI 0070 6.3.24). */
public final class StrtabBase {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_STRTAB_BASE", 64, "IHI 0070 6.3.24", Version.SMMU_3_0);

  /**
   * Physical address of the Stream table; the SMMU aligns it to the size of the (level 1) table.
   */
  public static final Field ADDR =
      FIELDS.address("ADDR", 0, 51, 6, "physical address of the Stream table");

  /** Read-Allocate hint. */
  public static final Field RA = FIELDS.flag("RA", 0, 62, "Read-Allocate hint");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private StrtabBase() {}
}
