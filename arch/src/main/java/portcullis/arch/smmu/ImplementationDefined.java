package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** Layout of IDR4 and AGBPA, whose 32 bits are IMPLEMENTATION DEFINED (IHI 0070 6.3.5, 6.3.15). */
public final class ImplementationDefined {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("IMPLEMENTATION DEFINED", 32, "IHI 0070 6.3.5", Version.SMMU_3_0);

  /** IMPLEMENTATION DEFINED. */
  public static final Field VALUE =
      FIELDS.field("IMPLEMENTATION DEFINED", 0, 31, 0, "IMPLEMENTATION DEFINED");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private ImplementationDefined() {}
}
