package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_DPT_BASE: where the Device Permission Table is (IHI 0070 6.3.46). */
public final class DptBase {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_DPT_BASE", 64, "IHI 0070 6.3.46", Version.SMMU_3_3);

  /** Physical address of level 0 of the table. */
  public static final Field BADDR =
      FIELDS.address("BADDR", 0, 51, 12, "physical address of level 0 of the table");

  /** Read-Allocate hint. */
  public static final Field RA = FIELDS.flag("RA", 0, 62, "Read-Allocate hint");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private DptBase() {}
}
