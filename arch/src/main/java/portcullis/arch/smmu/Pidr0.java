package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_PIDR0: low part number (IHI 0070 6.3.170). */
public final class Pidr0 {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_PIDR0", 32, "IHI 0070 6.3.170", Version.SMMU_3_0);

  /** Bits [7:0] of the part number. */
  public static final Field PART_0 =
      FIELDS.field("PART_0", 0, 7, 0, "bits [7:0] of the part number");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Pidr0() {}
}
