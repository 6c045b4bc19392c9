package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_IDR2: where the VATOS page is (IHI 0070 6.3.3). */
public final class Idr2 {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_IDR2", 32, "IHI 0070 6.3.3", Version.SMMU_3_0);

  /** VATOS page offset from 0x20000, in units of 64KB. */
  public static final Field BA_VATOS =
      FIELDS.field("BA_VATOS", 0, 9, 0, "VATOS page offset from 0x20000, in units of 64KB");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Idr2() {}
}
