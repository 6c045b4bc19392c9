package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_PIDR1: part number and designer (IHI 0070 6.3.170). */
public final class Pidr1 {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_PIDR1", 32, "IHI 0070 6.3.170", Version.SMMU_3_0);

  /** Bits [11:8] of the part number. */
  public static final Field PART_1 =
      FIELDS.field("PART_1", 0, 3, 0, "bits [11:8] of the part number");

  /** Bits [3:0] of the JEP106 designer code. */
  public static final Field DES_0 =
      FIELDS.field("DES_0", 0, 7, 4, "bits [3:0] of the JEP106 designer code");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Pidr1() {}
}
