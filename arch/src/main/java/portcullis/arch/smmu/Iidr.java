package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_IIDR: who made this SMMU, and which (IHI 0070 6.3.7). */
public final class Iidr {
  /** {@link #IMPLEMENTER}: Arm. */
  public static final int IMPLEMENTER_ARM = 0x43b;

  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_IIDR", 32, "IHI 0070 6.3.7", Version.SMMU_3_0);

  /** JEP106 code: continuation in [11:8], identity in [6:0]; 0x43B is Arm. */
  public static final Field IMPLEMENTER =
      FIELDS.field(
          "Implementer",
          0,
          11,
          0,
          "JEP106 code: continuation in [11:8], identity in [6:0]; 0x43B is Arm");

  /** Minor revision of the product. */
  public static final Field REVISION =
      FIELDS.field("Revision", 0, 15, 12, "minor revision of the product");

  /** Major revision or variant of the product. */
  public static final Field VARIANT =
      FIELDS.field("Variant", 0, 19, 16, "major revision or variant of the product");

  /** Part number. */
  public static final Field PRODUCT_ID = FIELDS.field("ProductID", 0, 31, 20, "part number");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Iidr() {}
}
