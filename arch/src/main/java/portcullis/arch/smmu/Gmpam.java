package portcullis.arch.smmu;

import portcullis.arch.Field;
import portcullis.arch.Layout;
import portcullis.arch.Version;

/** SMMU_GMPAM: MPAM attributes of what the SMMU itself accesses (IHI 0070 6.3.42). */
public final class Gmpam {
  private static final Layout.Builder FIELDS =
      new Layout.Builder("SMMU_GMPAM", 32, "IHI 0070 6.3.42", Version.SMMU_3_2);

  /** PARTID of SMMU-originated accesses. */
  public static final Field SO_PARTID =
      FIELDS.field("SO_PARTID", 0, 15, 0, "PARTID of SMMU-originated accesses");

  /** PMG of SMMU-originated accesses. */
  public static final Field SO_PMG =
      FIELDS.field("SO_PMG", 0, 23, 16, "PMG of SMMU-originated accesses");

  /** As GBPA.Update. */
  public static final Field UPDATE = FIELDS.flag("Update", 0, 31, "as GBPA.Update");

  /** All fields. */
  public static final Layout LAYOUT = FIELDS.build();

  private Gmpam() {}
}
