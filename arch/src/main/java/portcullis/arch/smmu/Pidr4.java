package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_PIDR4: designer continuation code (IHI 0070 6.3.170). */
public final class Pidr4 {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_PIDR4", 32, "IHI 0070 6.3.170", Version.SMMU_3_0);

  /** JEP106 continuation code. */
  public static final Field DES_2 = FIELDS.field("DES_2", 0, 3, 0, "JEP106 continuation code");

  /** Log2 of the 4KB blocks occupied, always 0. */
  public static final Field SIZE =
      FIELDS.field("SIZE", 0, 7, 4, "log2 of the 4KB blocks occupied, always 0");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Pidr4() {}
}
