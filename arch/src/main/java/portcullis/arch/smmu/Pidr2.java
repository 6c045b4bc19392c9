package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_PIDR2: designer and revision (IHI 0070 6.3.170). */
public final class Pidr2 {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_PIDR2", 32, "IHI 0070 6.3.170", Version.SMMU_3_0);

  /** Bits [6:4] of the JEP106 designer code. */
  public static final Field DES_1 =
      FIELDS.field("DES_1", 0, 2, 0, "bits [6:4] of the JEP106 designer code");

  /** Designer code is JEDEC-assigned, always 1. */
  public static final Field JEDEC =
      FIELDS.flag("JEDEC", 0, 3, "designer code is JEDEC-assigned, always 1");

  /** Revision of the part. */
  public static final Field REVISION = FIELDS.field("REVISION", 0, 7, 4, "revision of the part");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Pidr2() {}
}
